using Kairos.Tests.EndToEnd;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>
/// What docs/ says of metrics and limits is what the code says: the parts that are generated are compared with what would be written.
/// <c>KAIROS_UPDATE_DOCS=1</c> writes them.
/// </summary>
public sealed class GeneratedDocumentsTests
{
    private const string UpdateVariable = "KAIROS_UPDATE_DOCS";

    private static readonly string Docs = Path.Combine(Build.Root, "docs");

    public static TheoryData<string> Schemas => [.. Directory.EnumerateFiles(Path.Combine(Docs, "schemas")).Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Schema_its_metrics_and_limits_are_the_codes(string file) =>
        AssertUpToDate(Path.Combine("schemas", file), text => SchemaParts.Write(file, text));

    [Fact]
    public void Protocol_its_tables_are_the_codes() => AssertUpToDate("protocol.md", ProtocolTables.Write);

    private static void AssertUpToDate(string file, Func<string, string> write)
    {
        var path = Path.Combine(Docs, file);
        var text = File.ReadAllText(path);
        var written = write(text);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1" && written != text)
        {
            File.WriteAllText(path, written);
            return;
        }

        Assert.True(written == text, $"docs/{file} is not what the code says: run this test with {UpdateVariable}=1 to write it. {Difference(written, text)}");
    }

    private static string Difference(string written, string text)
    {
        var (now, then) = (written.Split('\n'), text.Split('\n'));
        var line = now.Zip(then).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"Line {line + 1} would be: {now.ElementAtOrDefault(line)}";
    }
}
