namespace MailOps.Core.Tests.Maildir.Kills;

/// <summary>UIDs, UIDVALIDITY values, next UIDs and mod-sequences that anybody was ever told.</summary>
internal sealed class ToldNumbers
{
    private readonly Dictionary<(uint Validity, uint Uid), string> _uids = [];
    private readonly Dictionary<(uint Validity, uint Uid, ulong ModSeq), string> _flags = [];
    private readonly Dictionary<string, (uint Validity, uint UidNext, ulong HighestModSeq)> _mailboxes = new(StringComparer.Ordinal);
    private readonly List<string> _complaints = [];

    internal void Uid(uint validity, uint uid, string text)
    {
        if (!_uids.TryAdd((validity, uid), text) && _uids[(validity, uid)] != text)
            _complaints.Add($"UID used again: {validity}/{uid} was {_uids[(validity, uid)]} and is {text}");
    }

    /// <summary>The flags that a message has at a mod-sequence, by any process: one who holds that mod-sequence is never told of others.</summary>
    internal void ModSeq(uint validity, uint uid, ulong modSeq, string flags)
    {
        if (!_flags.TryAdd((validity, uid, modSeq), flags) && _flags[(validity, uid, modSeq)] != flags)
            _complaints.Add($"MODSEQ {modSeq} of {validity}/{uid} has the flags '{_flags[(validity, uid, modSeq)]}' and '{flags}'");
    }

    /// <summary>What a worker was told. Lines of several may come in another order than that in which they looked.</summary>
    internal void Mailbox(string name, uint validity, uint uidNext, ulong highestModSeq)
    {
        if (_mailboxes.TryGetValue(name, out var told) && told.Validity != validity)
            _complaints.Add($"UIDVALIDITY of {name} was {told.Validity} and is {validity}");
        _mailboxes[name] = (validity, Math.Max(uidNext, told.UidNext), Math.Max(highestModSeq, told.HighestModSeq));
    }

    /// <summary>Compares with what is there while no worker runs, and hands over all complaints.</summary>
    internal List<string> Check(IEnumerable<FoundMessage> messages, IEnumerable<FoundMailbox> mailboxes)
    {
        foreach (var message in messages)
            Uid(message.Validity, message.Uid, message.Text);
        foreach (var mailbox in mailboxes)
        {
            Mailbox(mailbox.Name, mailbox.Validity, mailbox.UidNext, mailbox.HighestModSeq);
            if (_mailboxes[mailbox.Name].UidNext > mailbox.UidNext)
                _complaints.Add($"UIDNEXT of {mailbox.Name} was {_mailboxes[mailbox.Name].UidNext} and is {mailbox.UidNext}");
            if (_mailboxes[mailbox.Name].HighestModSeq > mailbox.HighestModSeq)
                _complaints.Add($"HIGHESTMODSEQ of {mailbox.Name} was {_mailboxes[mailbox.Name].HighestModSeq} and is {mailbox.HighestModSeq}");
        }

        var complaints = _complaints.ToList();
        _complaints.Clear();
        return complaints;
    }
}
