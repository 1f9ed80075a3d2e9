namespace Kairos.Grains;

/// <summary>Notices a node whose clock is off, and corrects its ticks, so that its counts land in the second in which they were made.</summary>
internal static class NodeClock
{
    /// <summary>A report may be so long under way; a clock further off than this is wrong, and would hold up every tick.</summary>
    private const long ToleranceSeconds = 2;

    /// <summary>
    /// Compares the tick open on the node's clock with the one open here. A new incarnation's first report decides; later it takes two in
    /// a row, since one may have been held up.
    /// </summary>
    public static void Correct(Incarnation incarnation, long openTick, long now)
    {
        if (openTick == 0)
        {
            return;
        }

        var offset = (now / 1000) + 1 - openTick;
        var isOff = Math.Abs(offset - incarnation.ClockOffset) > ToleranceSeconds;
        if (isOff && (incarnation.ClockDoubted || incarnation.ClosedTick == 0))
        {
            incarnation.ClockOffset = Math.Abs(offset) > ToleranceSeconds ? offset : 0;
        }

        incarnation.ClockDoubted = isOff;
    }
}
