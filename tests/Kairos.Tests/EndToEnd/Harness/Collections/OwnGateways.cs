using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// Tests that start gateways of their own. One collection, so that these run one after another: more processes at a
/// time than the machine has cores make slow tests, not fast ones.
/// </summary>
[CollectionDefinition(Name)]
public sealed class OwnGateways
{
    public const string Name = "Gateways of their own";
}
