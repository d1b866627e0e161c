"""A thin blocking HTTP/1.1 client for bodies, and what both HTTP layers share: pace, proxies, what is sent again."""
