namespace Kairos.Tests.EndToEnd;

/// <summary>Lines for whoever watches a long run, as they come.</summary>
internal static class TestLog
{
    public static void Write(string line) => Console.WriteLine(line);
}
