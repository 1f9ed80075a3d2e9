using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Waits for conditions; the limits only end what will never come.</summary>
internal static class Wait
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> describe, TimeSpan? limit = null)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > (limit ?? Limit))
                Assert.Fail($"Waited {limit ?? Limit} in vain: {describe()}");
            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public static Task UntilAsync(Func<bool> condition, Func<string> describe, TimeSpan? limit = null) =>
        UntilAsync(() => Task.FromResult(condition()), describe, limit);
}
