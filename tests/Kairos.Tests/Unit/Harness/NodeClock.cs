using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Lets a node's clock run, in steps. What a step sets off runs beside; it gets a moment before the clock runs on.</summary>
internal static class NodeClock
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(10);

    /// <summary>Until something has happened.</summary>
    public static async Task RunUntilAsync(this FakeTimeProvider clock, Func<bool> happened, TimeSpan limit, TimeSpan step)
    {
        for (var run = TimeSpan.Zero; !happened(); run += step)
        {
            Assert.True(run < limit, $"Did not happen within {limit} of the node's clock.");
            await clock.StepAsync(step);
        }
    }

    /// <summary>For so long, a whole number of steps.</summary>
    public static async Task RunForAsync(this FakeTimeProvider clock, TimeSpan time, TimeSpan step)
    {
        for (var run = TimeSpan.Zero; run < time; run += step)
            await clock.StepAsync(step);
    }

    private static Task StepAsync(this FakeTimeProvider clock, TimeSpan step)
    {
        clock.Advance(step);
        return Task.Delay(Moment, TimeProvider.System);
    }
}
