namespace Kairos;

/// <summary>A hash that decides where something is kept: the same in every process and version.</summary>
public static class StableHash
{
    /// <summary>FNV-1a, 32 bits, over the text's UTF-16 code units.</summary>
    public static uint Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var hash = 2166136261u;
        foreach (var unit in text)
        {
            hash = (hash ^ unit) * 16777619u;
        }

        return hash;
    }
}
