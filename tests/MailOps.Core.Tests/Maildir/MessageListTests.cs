using CsCheck;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Names;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class MessageListTests
{
    [Fact]
    public void A_UID_is_found_where_it_is_whatever_is_missing_around_it() =>
        Gen.Select(Gen.OneOf(Gen.UInt[1, 40], Gen.UInt[uint.MaxValue - 40, uint.MaxValue], Gen.UInt[1, uint.MaxValue]).HashSet[0, 30], Gen.UInt).Sample((some, other) =>
        {
            var uids = some.Order().ToArray();
            var entries = Array.ConvertAll(uids, uid => new FolderEntry(MessageName.Of($"m{uid}"), "", inNew: false) { Uid = uid });
            var list = MessageList.Empty.With(entries, recent: [], showsUnclaimed: false, new KeywordTable());
            foreach (var uid in (uint[])[0, 1, uint.MaxValue, other, .. uids, .. uids.Select(uid => uid - 1), .. uids.Select(uid => uid + 1)])
                Assert.Equal(Array.IndexOf(uids, uid), list.IndexOf(uid));
        });
}
