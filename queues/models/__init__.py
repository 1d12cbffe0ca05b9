"""Supply: queues, who works in them, what they can do, and what they are doing now."""

from queues.models.agents import AgentSkill, AgentStatus, Presence, RoutingStatus, Skill
from queues.models.queue import (
    AfterContactWork,
    LastAgentMode,
    Queue,
    QueueGroupPermission,
    QueueMember,
    QueueUserPermission,
    ScoringMethod,
    SkillEvaluation,
    WrapUpCode,
)

__all__ = [
    "AfterContactWork",
    "AgentSkill",
    "AgentStatus",
    "LastAgentMode",
    "Presence",
    "Queue",
    "QueueGroupPermission",
    "QueueMember",
    "QueueUserPermission",
    "RoutingStatus",
    "ScoringMethod",
    "Skill",
    "SkillEvaluation",
    "WrapUpCode",
]
