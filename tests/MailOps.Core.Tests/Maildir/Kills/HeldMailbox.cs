using MailOps.Maildir;

namespace MailOps.Core.Tests.Maildir.Kills;

/// <summary>What a client holds of a mailbox, to ask when it comes back for what changed since (RFC 7162).</summary>
internal sealed class HeldMailbox(IMailbox view)
{
    private readonly ulong _highest = view.HighestModSeq;
    private readonly Dictionary<uint, MailboxMessage> _messages = view.Messages.ToDictionary(message => message.Uid);

    /// <summary>What is different now, and the client is not told.</summary>
    internal async Task<List<string>> UntoldAsync(IMailbox now)
    {
        var complaints = new List<string>();
        var there = now.Messages.ToDictionary(message => message.Uid);
        foreach (var message in there.Values)
        {
            if (message.ModSeq > now.HighestModSeq)
                complaints.Add($"{now.Name}: UID {message.Uid} has mod-sequence {message.ModSeq} above HIGHESTMODSEQ {now.HighestModSeq}");
            if (_messages.TryGetValue(message.Uid, out var held) ? !held.Flags.Equals(message.Flags) && message.ModSeq <= _highest : message.ModSeq <= _highest)
                complaints.Add($"{now.Name}: UID {message.Uid} changed or came, and its mod-sequence {message.ModSeq} is not above {_highest}");
        }

        var gone = _messages.Keys.Where(uid => !there.ContainsKey(uid)).ToList();
        if (gone.Count > 0 && await now.ExpungedSinceAsync(_highest, CancellationToken.None) is { } told)
            complaints.AddRange(gone.Where(uid => !told.Any(range => range.First <= uid && uid <= range.Last)).Select(uid => $"{now.Name}: UID {uid} is gone since mod-sequence {_highest} and is not told"));
        return complaints;
    }
}
