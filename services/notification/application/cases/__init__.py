"""Cases: opened by the assistant or an app, answered by people."""
