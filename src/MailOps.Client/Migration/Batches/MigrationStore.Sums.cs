using System.Data.Common;
using System.Globalization;

namespace MailOps.Client.Migration.Batches;

/// <content>Batches as a whole: summed up by the database, however many users they have.</content>
public sealed partial class MigrationStore
{
    // What waits with nothing to copy or to prove is to be looked into all the same.
    private string SumText =>
        $"""
        SELECT batch, standing, count(*), sum(CASE WHEN messages IS NULL THEN 1 ELSE 0 END), sum(CASE WHEN messages IS NULL AND wish = 'Complete' THEN 1 ELSE 0 END),
          sum(coalesce(messages, 0)), sum(done), sum(octets), sum(refused), sum(missing), sum(unproved), sum(CASE WHEN messages IS NOT NULL AND missing + unproved = 0 THEN 1 ELSE 0 END), max(synced)
        FROM (SELECT batch, messages, done, octets, refused, synced, wish,
            CASE WHEN status IN ('Syncing', 'Completing') AND lease < {_database.Now} THEN 'Queued' ELSE status END AS standing,
            CASE WHEN messages > done THEN messages - done ELSE 0 END AS missing,
            CASE WHEN wish = 'Complete' AND messages > proved THEN messages - proved ELSE 0 END AS unproved
          FROM mailops_user) AS users
        GROUP BY batch, standing
        """;

    private static (string Batch, MigrationSum Sum) Sum(DbDataReader row)
    {
        // A sum of PostgreSQL is a decimal.
        long At(int column) => Convert.ToInt64(row.GetValue(column), CultureInfo.InvariantCulture);
        return (row.GetString(0), new MigrationSum
        {
            Status = Enum.Parse<MigrationStatus>(row.GetString(1)),
            Count = (int)At(2),
            Unseen = (int)At(3),
            UnseenToProve = (int)At(4),
            Messages = At(5),
            Done = At(6),
            CopiedSize = At(7),
            Refused = At(8),
            Missing = At(9),
            Unproved = At(10),
            Unchanged = (int)At(11),
            LastSynced = Time(row, 12),
        });
    }
}
