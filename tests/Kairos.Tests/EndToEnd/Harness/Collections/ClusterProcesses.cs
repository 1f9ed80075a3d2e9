using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Tests of a cluster of processes, and others that measure seconds: alone on the machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClusterProcesses
{
    public const string Name = "Clusters of processes";
}
