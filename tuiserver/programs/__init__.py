"""What answers messages: the built-in replies and the loader of user programs, and the capture of what these print."""
