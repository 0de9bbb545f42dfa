using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace MailOps.Client.Migration.Batches;

/// <summary>Connections of SQLite for the schedule, which do not wait for the disk at each commit. The file stays whole whatever happens; what a cut of the power takes is planned anew.</summary>
internal sealed class HurriedSqlite : DbProviderFactory
{
    /// <summary>What has a connection wait for its turn as SQLite does, for a millisecond first: its library for .NET sleeps for a sixth of a second each time.</summary>
    public const string Patience = "PRAGMA busy_timeout = 15000";

    /// <summary>What makes a connection so.</summary>
    public const string Setting = Patience + "; PRAGMA synchronous = NORMAL";

    /// <summary>The one there is.</summary>
    public static readonly HurriedSqlite Instance = new();

    /// <inheritdoc/>
    public override DbConnection CreateConnection()
    {
        var connection = new SqliteConnection();
        connection.StateChange += (_, change) =>
        {
            if (change.CurrentState is not ConnectionState.Open)
                return;
            using var command = connection.CreateCommand();
            command.CommandText = Setting;
            command.ExecuteNonQuery();
        };
        return connection;
    }

    /// <inheritdoc/>
    public override DbCommand CreateCommand() => SqliteFactory.Instance.CreateCommand()!;

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => SqliteFactory.Instance.CreateParameter()!;

    /// <inheritdoc/>
    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => SqliteFactory.Instance.CreateConnectionStringBuilder()!;
}
