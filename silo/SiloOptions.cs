using System.ComponentModel.DataAnnotations;

namespace Kairos.Silo;

/// <summary><c>Kairos:Cluster</c>: which Orleans cluster this process belongs to.</summary>
public sealed class OrleansClusterOptions
{
    /// <summary><c>Standalone</c>: silo and gateway in one process, state in SQLite.</summary>
    [AllowedValues(Standalone)]
    public string Mode { get; set; } = Standalone;

    /// <summary>The only mode so far.</summary>
    public const string Standalone = "Standalone";
}

/// <summary><c>Kairos:Data</c>: where standalone mode keeps its state.</summary>
public sealed class DataOptions
{
    /// <summary>A folder; relative to the content root (the folder of <c>appsettings.json</c>).</summary>
    [RegularExpression(".+", ErrorMessage = "the path of a folder")]
    public string Path { get; set; } = "data";
}
