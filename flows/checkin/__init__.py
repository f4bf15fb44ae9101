"""A person says when they will be heard of next; here it becomes overdue, or safe."""
