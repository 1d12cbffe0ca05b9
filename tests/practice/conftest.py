from tests.practice.stage import stage as stage
