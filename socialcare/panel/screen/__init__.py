"""What one person sees: each module gathers what one part shows, always through `visible_to`."""
