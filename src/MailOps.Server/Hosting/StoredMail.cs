using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Names;
using MailOps.Server.Connections;

namespace MailOps.Server.Hosting;

/// <summary>The mail of a server's store, for who tests what was sent to it: reads a message that was accepted, and removes all there is.</summary>
internal static class StoredMail
{
    // The trace line that names the message stands in the first lines.
    private const int MostOfTrace = 8 * 1024;

    /// <summary>The octets of a message that was accepted, or null if it is gone from the INBOX of each account that got it.</summary>
    public static async Task<byte[]?> ReadAsync(IMailStore store, MessageAccepted accepted, CancellationToken cancel)
    {
        var mark = Encoding.ASCII.GetBytes($" id {accepted.MessageId}");
        foreach (var account in accepted.Accounts)
        {
            await using var inbox = await (await store.OpenAccountAsync(account, cancel)).OpenAsync(MailboxName.Inbox, readOnly: true, cancel);
            if (inbox is null)
                continue;
            // The newest first: that is what is waited for.
            for (var at = inbox.Messages.Count - 1; at >= 0; at--)
            {
                var message = inbox.Messages[at];
                if (message.Size != accepted.Size || await inbox.OpenMessageAsync(message, cancel) is not { } content)
                    continue;
                await using (content)
                {
                    var octets = new byte[accepted.Size];
                    if (await content.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, cancel) == octets.Length && IsMarked(octets, mark))
                        return octets;
                }
            }
        }

        return null;
    }

    /// <summary>Removes every message of the accounts that are asked for, from all their mailboxes. Mailboxes stay, and sessions that have them open are told.</summary>
    /// <returns>How many messages were removed.</returns>
    public static async Task<long> ClearAsync(IMailStore store, string storePath, Func<string, bool> isAsked, CancellationToken cancel)
    {
        var removed = 0L;
        foreach (var name in Accounts(storePath).Where(isAsked))
        {
            var account = await store.OpenAccountAsync(name, cancel);
            foreach (var info in (await account.ListAsync(cancel)).Where(one => one.Exists))
            {
                await using var mailbox = await account.OpenAsync(info.Name, readOnly: false, cancel);
                if (mailbox is null || mailbox.Messages.Count == 0)
                    continue;
                removed += mailbox.Messages.Count;
                await mailbox.RemoveAsync(mailbox.Messages, cancel);
            }
        }

        return removed;
    }

    private static bool IsMarked(byte[] octets, byte[] mark)
    {
        var trace = octets.AsSpan(0, Math.Min(octets.Length, MostOfTrace));
        var at = trace.IndexOf(mark);
        return at >= 0 && at + mark.Length < trace.Length && trace[at + mark.Length] is (byte)'\r' or (byte)'\n' or (byte)';';
    }

    private static List<string> Accounts(string storePath)
    {
        var mail = Path.Join(storePath, "mail");
        var found = new List<string>();
        if (!Directory.Exists(mail))
            return found;
        foreach (var domain in Directory.EnumerateDirectories(mail))
        {
            foreach (var local in Directory.EnumerateDirectories(domain))
            {
                if (AccountPath.TryFromDirectory(Path.GetFileName(domain), Path.GetFileName(local), out var account))
                    found.Add(account);
            }
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }
}
