"""Articles and other sources: incident reports, issue reports and variants."""
