using System.Text.Json;

namespace Kairos.Tests.EndToEnd;

/// <summary>A folder of its own for one gateway: its data and its appsettings.json. Disposing deletes it.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kairos-");

    public Workspace()
    {
        DataPath = _folder.CreateSubdirectory("data").FullName;
        ContentPath = _folder.CreateSubdirectory("content").FullName;
    }

    public string DataPath { get; }

    public string ContentPath { get; }

    public string SettingsFile => Path.Combine(ContentPath, "appsettings.json");

    public void WriteSettings(object settings) => WriteSettings(JsonSerializer.Serialize(settings));

    /// <summary>Replaces the file in one step, so that a gateway never reads half of it.</summary>
    public void WriteSettings(string json)
    {
        var draft = Path.Combine(_folder.FullName, "draft.json");
        File.WriteAllText(draft, json);
        File.Move(draft, SettingsFile, overwrite: true);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
