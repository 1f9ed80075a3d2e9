using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SettingsReaderTests
{
    [Fact]
    public void Read_NothingConfigured_GivesTheDefaults()
    {
        var (options, mistakes) = Read([]);
        Assert.Empty(mistakes);
        Assert.Equal((5, TimeSpan.FromSeconds(1), false, "green"), (options.Number, options.Wait, options.Flag, options.Colour));
        Assert.Empty(options.Origins);
    }

    [Fact]
    public void Read_EveryKindOfValue_IsTaken()
    {
        var (options, mistakes) = Read(new()
        {
            ["Kairos:Part:number"] = " 7 ",
            ["Kairos:Part:Wait"] = "00:00:02.500",
            ["Kairos:Part:Flag"] = "True",
            ["Kairos:Part:Colour"] = "red",
            ["Kairos:Part:Name"] = "gw-1",
            ["Kairos:Part:Origins:0"] = "https://a",
            ["Kairos:Part:Origins:1"] = "https://b",
        });
        Assert.Empty(mistakes);
        Assert.Equal((7, TimeSpan.FromSeconds(2.5), true, "red", "gw-1"), (options.Number, options.Wait, options.Flag, options.Colour, options.Name));
        Assert.Equal(["https://a", "https://b"], options.Origins);
    }

    [Fact]
    public void Read_AListInOneText_IsSplitAtCommas() =>
        Assert.Equal(["https://a", "https://b"], Read(new() { ["Kairos:Part:Origins"] = "https://a, https://b" }).Options.Origins);

    [Theory]
    [InlineData("Number", "0", "Kairos:Part:Number is '0'; it must be a whole number from 1 to 10.")]
    [InlineData("Number", "11", "Kairos:Part:Number is '11'; it must be a whole number from 1 to 10.")]
    [InlineData("Number", "many", "Kairos:Part:Number is 'many'; it must be a whole number from 1 to 10.")]
    [InlineData("Number", "1.5", "Kairos:Part:Number is '1.5'; it must be a whole number from 1 to 10.")]
    [InlineData("Number", "99999999999", "Kairos:Part:Number is '99999999999'; it must be a whole number from 1 to 10.")]
    [InlineData("Number", "", "Kairos:Part:Number is ''; it must be a whole number from 1 to 10.")]
    [InlineData("Number:Nested", "1", "Kairos:Part:Number is a section; it must be a whole number from 1 to 10.")]
    [InlineData("Wait", "5s", "Kairos:Part:Wait is '5s'; it must be a duration from 00:00:00.050 to 00:01:00, written hh:mm:ss or hh:mm:ss.fff.")]
    [InlineData("Wait", "00:00:00.049", "Kairos:Part:Wait is '00:00:00.049'; it must be a duration from 00:00:00.050 to 00:01:00, written hh:mm:ss or hh:mm:ss.fff.")]
    [InlineData("Wait", "5", "Kairos:Part:Wait is '5' (5 days); it must be a duration from 00:00:00.050 to 00:01:00, written hh:mm:ss or hh:mm:ss.fff.")]
    [InlineData("Flag", "yes", "Kairos:Part:Flag is 'yes'; it must be true or false.")]
    [InlineData("Colour", "blue", "Kairos:Part:Colour is 'blue'; it must be 'green' or 'red'.")]
    [InlineData("Name", "a b", "Kairos:Part:Name is 'a b'; it must be letters, digits and dashes.")]
    [InlineData("Name", "", "Kairos:Part:Name is ''; it must be letters, digits and dashes.")]
    [InlineData("Origins", "https://a,ftp://b", "Kairos:Part:Origins holds 'ftp://b'; each of it must be an origin.")]
    [InlineData("Origins:0", "", "Kairos:Part:Origins holds ''; each of it must be an origin.")]
    public void Read_AMistake_GivesOneSentenceWithKeyValueAndWhatIsAllowed(string key, string value, string sentence)
    {
        var (_, mistakes) = Read(new() { [$"Kairos:Part:{key}"] = value });
        Assert.Equal([sentence], mistakes);
    }

    [Fact]
    public void Read_SeveralMistakes_AreAllTold()
    {
        var (options, mistakes) = Read(new() { ["Kairos:Part:Number"] = "0", ["Kairos:Part:Flag"] = "maybe", ["Kairos:Part:Colour"] = "red" });
        Assert.Equal(2, mistakes.Count);
        Assert.Equal((5, "red"), (options.Number, options.Colour));
    }

    [Fact]
    public void RefuseUnknown_UnknownKeysAndSections_AreTold() => Assert.Equal(
        [
            "Kairos:Paart is not a setting; those of Kairos are Other, Part.",
            "Kairos:Other is '3'; it must be a section with Size.",
            "Kairos:Part:Nmuber is not a setting; those of Kairos:Part are Colour, Flag, Name, Number, Origins, Wait.",
        ],
        Read(new() { ["Kairos:Part:Nmuber"] = "3", ["Kairos:Paart:Number"] = "3", ["Kairos:Other"] = "3", ["Elsewhere:Key"] = "x" }).Mistakes
            .OrderBy(sentence => sentence.Contains("Part:", StringComparison.Ordinal)).ThenByDescending(sentence => sentence, StringComparer.Ordinal));

    private static (Part Options, IReadOnlyList<string> Mistakes) Read(Dictionary<string, string?> values)
    {
        var reader = new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        var options = reader.Read<Part>("Kairos:Part");
        reader.Read<Other>("Kairos:Other");
        reader.RefuseUnknown("Kairos");
        return (options, reader.Mistakes);
    }

    private sealed class Part
    {
        [Range(1, 10)]
        public int Number { get; set; } = 5;

        [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
        public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(1);

        public bool Flag { get; set; }

        [AllowedValues("green", "red")]
        public string Colour { get; set; } = "green";

        [RegularExpression("[a-z0-9-]+", ErrorMessage = "letters, digits and dashes")]
        public string Name { get; set; } = "n";

        [RegularExpression("https://.+", ErrorMessage = "an origin")]
        public string[] Origins { get; set; } = [];
    }

    private sealed class Other
    {
        [Range(1, 10)]
        public int Size { get; set; } = 1;
    }
}
