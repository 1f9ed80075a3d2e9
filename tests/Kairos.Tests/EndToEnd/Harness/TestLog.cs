using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Lines for whoever reads the run: on the console at once, and with the test's result.</summary>
internal static class TestLog
{
    public static void Write(string line)
    {
        Console.WriteLine(line);
        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }
}
