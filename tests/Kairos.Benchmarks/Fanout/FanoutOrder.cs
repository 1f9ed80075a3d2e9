namespace Kairos.Benchmarks;

/// <summary>What a process of clients is to open. From the benchmark to it; clients take targets, messages and marks in turn.</summary>
/// <param name="Server">Its address.</param>
/// <param name="Clients">How many.</param>
/// <param name="Targets">Paths and queries.</param>
/// <param name="Messages">Sent once connected; empty for none.</param>
/// <param name="Mark">With what a frame begins that counts.</param>
/// <param name="Reads">False for clients that never read what they are sent.</param>
internal sealed record FanoutOrder(string Server, int Clients, string[] Targets, string[] Messages, string Mark, bool Reads = true)
{
    /// <summary>The mark of a gateway's Snapshots.</summary>
    public const string Snapshots = "{\"type\":\"Snapshot\"";
}

/// <summary>How the clients of a process stand. From it to the benchmark.</summary>
/// <param name="Open">Connections that have had their first frame; of clients that do not read, those that were made.</param>
/// <param name="Frames">Since the beginning.</param>
/// <param name="Lost">Connections that ended, since the beginning.</param>
/// <param name="Lengths">Of the last frame for each target or message.</param>
/// <param name="LateMilliseconds">Frames by how long after the second of their timestamp they came, since the last reset.</param>
internal sealed record FanoutFigures(int Open, long Frames, int Lost, int[] Lengths, long[] LateMilliseconds)
{
    public const int LateMax = 10_000;

    /// <summary>The lateness that so many of the frames did not exceed, in milliseconds.</summary>
    public double Late(double quantile)
    {
        var left = quantile * LateMilliseconds.Sum();
        for (var late = 0; late < LateMilliseconds.Length; late++)
        {
            left -= LateMilliseconds[late];
            if (left <= 0)
            {
                return late;
            }
        }

        return LateMax;
    }
}
