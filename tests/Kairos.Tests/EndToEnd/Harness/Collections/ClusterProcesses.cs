using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Tests of a cluster of processes: alone on the machine, since they measure silences in seconds.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClusterProcesses
{
    public const string Name = "Clusters of processes";
}
