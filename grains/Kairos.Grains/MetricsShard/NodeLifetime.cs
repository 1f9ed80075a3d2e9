namespace Kairos.Grains;

/// <summary>How the gateway nodes of a shard relate to its silo.</summary>
/// <param name="EndsWithSilo">
/// Standalone: node and silo are one process, so that every node known from storage has ended when a shard starts with the process.
/// </param>
internal sealed record NodeLifetime(bool EndsWithSilo);
