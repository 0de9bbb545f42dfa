using System.Globalization;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <content>STORE, with UNCHANGEDSINCE (RFC 7162 section 3.1.3) and in silence.</content>
internal sealed partial class RandomSession
{
    private async Task StoreAsync(MailboxModel model, List<uint> uids)
    {
        var flag = Flags[_random.Next(Flags.Length)];
        var sign = "+-="[_random.Next(3)];

        // Who is told between commands cannot know whether that was before the change or after it.
        var isSilent = sign != '=' && !_manner.HearsBetween && _random.Next(3) == 0;
        var since = HasModSeqs && _random.Next(2) == 0 ? AnyModSeq(model, uids[0]) : 0;
        var command = Named(model, uids, "store");
        var isByUid = command.StartsWith("uid", StringComparison.Ordinal);
        var places = uids.ToDictionary(uid => isByUid ? uid : (uint)Place(model, uid));
        var before = model.ModSeqs;
        command = $"{command}{(since > 0 ? $" (UNCHANGEDSINCE {since})" : "")} {(sign == '=' ? "" : sign)}flags{(isSilent ? ".silent" : "")} ({flag})";
        var answer = await AskAsync(command, "EXPUNGEISSUED", "MODIFIED", _isReadOnly ? "CANNOT" : "");
        List<uint> left = answer.Code.StartsWith("MODIFIED ", StringComparison.Ordinal) ? Untagged.Expand(answer.Code.Split(' ')[1]).ConvertAll(number => places[number]) : [];

        // What is not told is what was asked for.
        if (isSilent && !_isReadOnly)
            uids.Except(left).ToList().ForEach(uid => model.Change(uid, flag, sign == '+'));
        Hear(VerbOf(command), answer);
        if (_isReadOnly)
            Assert.False(answer.IsOk);
        if (_isReadOnly)
            return;
        Assert.True(since > 0 || left.Count == 0);
        foreach (var uid in left)
            Assert.True(!model.ModSeqs.TryGetValue(uid, out var now) || now > since, $"{command}: {uid} was said to have changed, and has {now}.");
        if (!answer.IsOk)
            return;
        foreach (var uid in uids.Except(left).Intersect(model.Uids))
        {
            Assert.True(since == 0 || before.GetValueOrDefault(uid) <= since, $"{command}: {uid} had {before.GetValueOrDefault(uid)} already.");
            if (!_manner.HearsBetween)
                CheckStored(model, uid, answer, (flag, sign, isSilent, since));
        }
    }

    private ulong AnyModSeq(MailboxModel model, uint uid) => Math.Max(1, _random.Next(4) switch
    {
        0 => model.Highest,
        1 => model.ModSeqs.Values.DefaultIfEmpty(1ul).Min(),
        _ => model.ModSeqs.GetValueOrDefault(uid),
    });

    // The first that is told of a message is what the command made of it.
    private void CheckStored(MailboxModel model, uint uid, Answer answer, (string Flag, char Sign, bool IsSilent, ulong Since) asked)
    {
        if (answer.Told.Find(told => told.Uid == uid && told.Kind is UntaggedKind.Fetch or UntaggedKind.UidFetch) is not { } first)
        {
            Assert.True(asked.IsSilent, $"Nothing was told of {uid}.");
            return;
        }

        if (first.Flags is { } flags && !asked.IsSilent)
        {
            Assert.True(flags.Contains(asked.Flag, StringComparer.Ordinal) == (asked.Sign != '-'), first.Line);
            Assert.True(asked.Sign != '=' || flags.All(flag => flag == asked.Flag || flag == "\\Recent"), first.Line);
        }

        if (asked is { Sign: '=', Since: > 0 } && first.ModSeq > asked.Since)
            _ledger.Swapped(model.UidValidity, uid, asked.Since, first.ModSeq.Value);
    }
}
