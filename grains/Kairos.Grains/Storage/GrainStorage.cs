namespace Kairos.Grains;

/// <summary>The name of the grain storage that holds all state of Kairos.</summary>
internal static class GrainStorage
{
    public const string Name = "kairos";
}
