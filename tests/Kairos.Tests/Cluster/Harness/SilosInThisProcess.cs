using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>Tests that start silos run one after another: the machine has few cores.</summary>
[CollectionDefinition(Name)]
public sealed class SilosInThisProcess
{
    public const string Name = "Silos in this process";
}
