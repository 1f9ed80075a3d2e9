using Microsoft.Data.Sqlite;

namespace Kairos.Silo;

/// <summary>
/// The database of standalone mode: one SQLite file with the table and the queries that Orleans' ADO.NET grain storage reads
/// (its contract: rows of <c>OrleansQuery</c> by key, with its parameter and column names). Holds the folder's lock until disposed.
/// </summary>
public sealed class SqliteStore : IDisposable
{
    /// <summary>The provider name under which Orleans finds Microsoft.Data.Sqlite.</summary>
    public const string Invariant = "System.Data.SQLite";

    private const string Where =
        """
        ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
        AND GrainIdExtensionString = coalesce(@GrainIdExtensionString, '')
        """;

    // One statement: SQLite makes it atomic, and no row returned means that the version was not the expected one.
    private const string Write =
        $"""
        INSERT INTO OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, PayloadBinary, Version)
        SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString, ''), @PayloadBinary, 1
        WHERE @GrainStateVersion IS NULL OR EXISTS (SELECT 1 FROM OrleansStorage WHERE {Where})
        ON CONFLICT DO UPDATE SET PayloadBinary = excluded.PayloadBinary, Version = Version + 1 WHERE Version = @GrainStateVersion
        RETURNING Version AS NewGrainStateVersion
        """;

    private const string Read = $"SELECT PayloadBinary, Version FROM OrleansStorage WHERE {Where}";

    private const string Clear =
        $"""
        UPDATE OrleansStorage SET PayloadBinary = NULL, Version = Version + 1
        WHERE {Where} AND Version = @GrainStateVersion RETURNING Version AS NewGrainStateVersion
        """;

    private readonly FileStream _lock;

    private SqliteStore(FileStream folderLock, string connectionString)
    {
        _lock = folderLock;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    /// <summary>Opens the folder's database, creating folder and schema at first start.</summary>
    /// <exception cref="ConfigurationMistakeException">The folder cannot be used, or another process uses it.</exception>
    public static SqliteStore Open(string folder)
    {
        FileStream? folderLock = null;
        try
        {
            Directory.CreateDirectory(folder);
            folderLock = Lock(Path.Combine(folder, "kairos.lock"));
            var connection = new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "kairos.db") }.ConnectionString;
            CreateSchema(connection);
            return new SqliteStore(folderLock, connection);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException or ArgumentException or NotSupportedException)
        {
            folderLock?.Dispose();
            throw new ConfigurationMistakeException($"Kairos:Data:Path is '{folder}'; it must be a folder that this process can write to ({e.Message})", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new ConfigurationMistakeException(
                $"Kairos:Data:Path is '{Path.GetDirectoryName(path)}', which another running gateway uses; give each gateway a folder of its own.", e);
        }
    }

    private static void CreateSchema(string connectionString)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            """
            PRAGMA journal_mode = WAL;
            CREATE TABLE IF NOT EXISTS OrleansQuery (QueryKey TEXT PRIMARY KEY, QueryText TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS OrleansStorage (
                ServiceId TEXT NOT NULL,
                GrainTypeString TEXT NOT NULL,
                GrainIdN0 INTEGER NOT NULL,
                GrainIdN1 INTEGER NOT NULL,
                GrainIdExtensionString TEXT NOT NULL,
                PayloadBinary BLOB,
                Version INTEGER NOT NULL,
                PRIMARY KEY (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString));
            INSERT OR REPLACE INTO OrleansQuery VALUES
                ('ReadFromStorageKey', @read), ('WriteToStorageKey', @write), ('ClearStorageKey', @clear);
            """;
        command.Parameters.AddWithValue("@read", Read);
        command.Parameters.AddWithValue("@write", Write);
        command.Parameters.AddWithValue("@clear", Clear);
        command.ExecuteNonQuery();
    }
}
