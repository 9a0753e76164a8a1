"""What answers messages: the loader of user programs, the built-in replies, and the capture of what programs print."""
