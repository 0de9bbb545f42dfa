using System.Data.Common;

namespace MailOps.Client.Migration.Batches;

/// <content>The tables, and what their rows mean.</content>
public sealed partial class MigrationStore
{
    private const string UserColumns = "batch, identity, source, target, status, wish, messages, done, copied, octets, refused, differences, rate, error, passes, worker, started, synced, completed, report, retries_refused, skipped, proved";

    // Times are milliseconds since 1970 by the database's clock. A lease that is over is nobody's. planned: whether a trigger was made for the wish.
    private string[] Tables() =>
    [
        "CREATE TABLE mailops_batch (name text PRIMARY KEY, created bigint NOT NULL, settings text NOT NULL)",
        $"""
        CREATE TABLE mailops_user (
          batch text NOT NULL,
          identity text NOT NULL,
          source text NOT NULL,
          target text NOT NULL,
          source_host text NOT NULL,
          target_host text NOT NULL,
          status text NOT NULL,
          wish text NOT NULL,
          planned bigint NOT NULL DEFAULT 0,
          retries_refused bigint NOT NULL DEFAULT 0,
          worker text,
          lease bigint NOT NULL DEFAULT 0,
          passes bigint NOT NULL DEFAULT 0,
          messages bigint,
          done bigint NOT NULL DEFAULT 0,
          copied bigint NOT NULL DEFAULT 0,
          octets bigint NOT NULL DEFAULT 0,
          refused bigint NOT NULL DEFAULT 0,
          differences bigint,
          rate {_database.Fraction} NOT NULL DEFAULT 0,
          error text,
          report text,
          started bigint,
          synced bigint,
          completed bigint,
          skipped bigint NOT NULL DEFAULT 0,
          proved bigint NOT NULL DEFAULT 0,
          PRIMARY KEY (batch, identity))
        """,
        "CREATE INDEX mailops_user_planned ON mailops_user (planned, batch)",
        Pace(),
        "CREATE INDEX mailops_user_target ON mailops_user (target)",
        "CREATE INDEX mailops_user_lease ON mailops_user (lease)",
        "CREATE TABLE mailops_worker (id text PRIMARY KEY, started bigint NOT NULL, seen bigint NOT NULL)",
        $"CREATE TABLE mailops_journal (batch text NOT NULL, identity text NOT NULL, version bigint NOT NULL, part bigint NOT NULL, octets {_database.Octets} NOT NULL, PRIMARY KEY (batch, identity, version, part))",
    ];

    // What came with the second format.
    private string[] Additions() =>
    [
        "ALTER TABLE mailops_user ADD COLUMN skipped bigint NOT NULL DEFAULT 0",
        "ALTER TABLE mailops_user ADD COLUMN proved bigint NOT NULL DEFAULT 0",
        "CREATE INDEX mailops_user_planned ON mailops_user (planned, batch)",
        Pace(),
    ];

    private string Pace() => $"CREATE TABLE mailops_pace (worker text NOT NULL, batch text NOT NULL, copied {_database.Fraction} NOT NULL, proved {_database.Fraction} NOT NULL, looked {_database.Fraction} NOT NULL, PRIMARY KEY (worker, batch))";

    private static MigrationUser User(DbDataReader row)
    {
        var isHeld = Convert.ToInt64(row.GetValue(23), System.Globalization.CultureInfo.InvariantCulture) != 0;
        var status = Enum.Parse<MigrationStatus>(row.GetString(4));
        return new MigrationUser
        {
            BatchName = row.GetString(0),
            Identity = row.GetString(1),
            From = row.GetString(2),
            To = row.GetString(3),
            // Whose worker is gone waits for another.
            Status = !isHeld && status is (MigrationStatus.Syncing or MigrationStatus.Completing) ? MigrationStatus.Queued : status,
            Wish = Enum.Parse<MigrationWish>(row.GetString(5)),
            Messages = Number(row, 6),
            Done = row.GetInt64(7),
            Copied = row.GetInt64(8),
            CopiedSize = row.GetInt64(9),
            Refused = row.GetInt64(10),
            Differences = Number(row, 11),
            Rate = isHeld ? row.GetDouble(12) : 0,
            Error = row.IsDBNull(13) ? null : row.GetString(13),
            Passes = (int)row.GetInt64(14),
            Worker = row.IsDBNull(15) ? null : row.GetString(15),
            Started = Time(row, 16),
            LastSynced = Time(row, 17),
            Completed = Time(row, 18),
            ReportPath = row.IsDBNull(19) ? null : row.GetString(19),
            RetriesRefused = row.GetInt64(20) != 0,
            Skipped = row.GetInt64(21),
            Proved = row.GetInt64(22),
        };
    }

    private static long? Number(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private static DateTimeOffset? Time(DbDataReader row, int column) => Number(row, column) is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null;
}
