"""Laws of small instances, computed from the definition in rational arithmetic; claims are held to them."""
