using System.Net;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Journal;

namespace MailOps.JournalWorker;

/// <summary>Copies a mailbox, and says on standard output when it begins and when it is done.</summary>
public static class CopyLife
{
    /// <summary>Copies.</summary>
    /// <param name="from">The address of the source.</param>
    /// <param name="to">The address of the target.</param>
    /// <param name="password">The password of the accounts that the addresses name.</param>
    /// <param name="journalPath">The journal.</param>
    public static async Task RunAsync(string from, string to, string password, string journalPath)
    {
        await using var source = await OpenAsync(from, password, isMade: false);
        await using var target = await OpenAsync(to, password, isMade: true);
        Console.WriteLine("open");
        await using var journal = CopyJournal.Open(journalPath, from, to);
        var options = new CopyOptions { QuarantinePath = journalPath + ".quarantine", Connections = 3, SettleTime = TimeSpan.FromSeconds(3) };
        var result = await new MailboxCopier(source.Reader, target.Writer, journal, options, TimeProvider.System).RunAsync(CancellationToken.None);
        Console.WriteLine($"done {result.Status} {string.Join("; ", result.Folders.Select(folder => folder.Error).OfType<string>())}");
    }

    private static Task<MailboxEnd> OpenAsync(string address, string password, bool isMade)
    {
        var location = MailboxLocation.Parse(address);
        var credential = location.Server is null ? null : new NetworkCredential(location.UserName, password);
        return MailboxEnd.OpenAsync(location, new MailboxEndOptions { Credential = credential, IsMade = isMade }, TimeProvider.System, CancellationToken.None);
    }
}
