namespace Kairos.Tests.EndToEnd;

/// <summary>A route as in YARP's section; the destination sees the path without the route's id in front.</summary>
internal sealed record ProxyRoute(string Id, string Path, string ClusterId);
