namespace Kairos.Tests.EndToEnd;

/// <summary>A request that did not get the response it had to, and why.</summary>
internal sealed record FailedRequest(int Port, string Path, string Reason);
