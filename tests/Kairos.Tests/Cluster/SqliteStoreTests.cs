using Kairos.Grains;
using Kairos.Silo;
using Orleans.Storage;
using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>The database of standalone mode, through Orleans' storage provider and on its own.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class SqliteStoreTests : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("test", "some/key");

    private readonly string _folder = Directory.CreateTempSubdirectory("kairos-sqlite-").FullName;

    [Fact]
    public async Task WriteStateAsync_AnEtagThatIsNotTheLatest_Throws()
    {
        await using var silo = await SiloBed.StartAsync();
        var (mine, other) = (await ReadAsync(silo), await ReadAsync(silo));
        Assert.False(mine.RecordExists);
        await WriteAsync(silo, mine, 1);

        // Both believed that there was none; then both had the same version.
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(silo, other, 2));
        other = await ReadAsync(silo);
        await WriteAsync(silo, mine, 3);
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(silo, other, 4));

        // A version of a state that was never written.
        var stray = new GrainState<SlotContent> { State = new SlotContent(), ETag = "7", RecordExists = true };
        await Assert.ThrowsAsync<InconsistentStateException>(() => silo.Storage.WriteStateAsync("elsewhere", Grain, stray));
        Assert.Equal(3, (await ReadAsync(silo)).State!.Sequence);
    }

    [Fact]
    public async Task WriteStateAsync_NamesAndGrains_AreApartAndSurviveARestart()
    {
        await using var silo = await SiloBed.StartAsync();
        GrainId[] grains = [Grain, GrainId.Create("test", "other")];
        string[] names = ["a", "b"];
        foreach (var (grain, name, i) in Each())
            await silo.Storage.WriteStateAsync(name, grain, new GrainState<SlotContent> { State = new SlotContent { Sequence = i, Payload = [(byte)i] } });

        await silo.RestartAsync();
        foreach (var (grain, name, i) in Each())
        {
            var state = new GrainState<SlotContent>();
            await silo.Storage.ReadStateAsync(name, grain, state);
            Assert.True(state.RecordExists);
            Assert.Equal([i, i], new[] { state.State!.Sequence, state.State.Payload[0] });
        }

        IEnumerable<(GrainId Grain, string Name, int I)> Each() =>
            grains.SelectMany((grain, g) => names.Select((name, n) => (grain, name, (g * 10) + n)));
    }

    [Fact]
    public void Open_AFolderThatAnotherGatewayUses_SaysSo()
    {
        using (SqliteStore.Open(_folder))
        {
            var mistake = Assert.Throws<ConfigurationMistakeException>(() => SqliteStore.Open(_folder));
            Assert.Equal($"Kairos:Data:Path is '{_folder}', which another running gateway uses; give each gateway a folder of its own.", mistake.Message);
        }

        // Free again, and its schema is taken as it is.
        SqliteStore.Open(_folder).Dispose();
    }

    [Fact]
    public void Open_AFolderThatIsNotThere_CreatesIt()
    {
        var folder = Path.Combine(_folder, "a", "b c");
        using var store = SqliteStore.Open(folder);
        Assert.True(File.Exists(Path.Combine(folder, "kairos.db")));
    }

    [Fact]
    public void Open_APathThatIsAFile_SaysWhatItMustBe()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        var mistake = Assert.Throws<ConfigurationMistakeException>(() => SqliteStore.Open(file));
        Assert.StartsWith($"Kairos:Data:Path is '{file}'; it must be a folder that this process can write to (", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ADatabaseThatIsNone_SaysSoAndLetsGoOfTheFolder()
    {
        File.WriteAllText(Path.Combine(_folder, "kairos.db"), new string('x', 5_000));
        Assert.Throws<ConfigurationMistakeException>(() => SqliteStore.Open(_folder));
        using var free = new FileStream(Path.Combine(_folder, "kairos.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.True(free.CanWrite);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<GrainState<SlotContent>> ReadAsync(SiloBed silo)
    {
        var state = new GrainState<SlotContent>();
        await silo.Storage.ReadStateAsync("slot", Grain, state);
        return state;
    }

    private static Task WriteAsync(SiloBed silo, GrainState<SlotContent> state, long sequence)
    {
        state.State = new SlotContent { Sequence = sequence };
        return silo.Storage.WriteStateAsync("slot", Grain, state);
    }
}
