using System.Text;
using CsCheck;
using MailOps.Maildir;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Names;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class UidListTests
{
    [Fact]
    public void A_list_of_Dovecot_is_read_with_fields_that_only_it_knows()
    {
        var list = UidList.Parse("3 V1275660208 N25022 G3085f01b7f11094c501100008c4a11c1\n25006 :1276528487.M364837P9451.kurkku,S=1355,W=1394:2,\n25017 W2481 P123 :1276533073.M242911P3632.kurkku:2,F\n"u8.ToArray());
        Assert.False(list.IsDamaged);
        Assert.Equal(1275660208u, list.UidValidity);
        Assert.Equal(25022u, list.NextUid);
        Assert.Equal(new UidLine(25006, MessageName.Of("1276528487.M364837P9451.kurkku,S=1355,W=1394"), -1, ""), list.Lines[0]);
        Assert.Equal(new UidLine(25017, MessageName.Of("1276533073.M242911P3632.kurkku"), 2481, "P123"), list.Lines[1]);
    }

    [Fact]
    public void What_is_formatted_is_parsed_back()
    {
        var line = Gen.Select(Gen.UInt[1, 1000], Gen.Char['a', 'z'].Array[1, 20], Gen.Long[-1, 5000]);
        line.List[0, 20].Sample(lines =>
        {
            var uid = 0u;
            var expected = lines.Select(one => new UidLine(uid += one.Item1, MessageName.Of(new string(one.Item2)), one.Item3, "")).ToList();
            var octets = UidList.Format(77, uid + 1, new string('a', 32), expected);
            var list = UidList.Parse(octets);
            Assert.False(list.IsDamaged);
            Assert.Equal(octets.Length, list.WholeLength);
            Assert.Equal(uid + 1, list.NextUid);
            Assert.Equal(expected, list.Lines);
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("3 V0 N1\n")]
    [InlineData("3 V1 N1 Gxyz\n")]
    [InlineData("4 V1 N1\n")]
    [InlineData("3 V1 N9\n2 :a\n1 :b\n")]
    [InlineData("3 V1 N9\n2 :a\n2 :b\n")]
    [InlineData("3 V1 N9\nx :a\n")]
    [InlineData("3 V1 N9\n1 a\n")]
    [InlineData("3 V1 N9\n1 :\n")]
    [InlineData("3 V1 N9\n\n")]
    [InlineData("3 V1 N9\n4294967295 :a\n")]
    public void A_list_that_breaks_its_grammar_is_damaged(string text) => Assert.True(UidList.Parse(Encoding.ASCII.GetBytes(text)).IsDamaged);

    [Fact]
    public async Task Random_damage_to_the_list_never_throws_and_never_gives_a_UID_to_another_message()
    {
        var edit = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 10_000], Gen.OneOf(Gen.Byte, Gen.Int[0, 16].Select(i => (byte)"0123456789 :\nVNGW"[i])));
        await Gen.Select(edit.List[1, 4], Gen.Bool, Gen.Bool).SampleAsync(
            async (edits, restart, replace) =>
            {
                await using var store = new StoreFixture();
                var owners = new Dictionary<(uint Validity, uint Uid), string>();
                for (var i = 0; i < 3; i++)
                    await store.DeliverAsync($"Subject: {i}\r\n\r\n");
                await RememberAsync(store, owners);
                await using (var inbox = await store.OpenAsync())
                    await inbox.RemoveAsync([inbox.Messages[1], inbox.Messages[2]], CancellationToken.None);
                await store.DeliverAsync("Subject: 4\r\n\r\n");
                await RememberAsync(store, owners);

                if (restart)
                    await store.Store.DisposeAsync();
                var path = Path.Combine(store.Inbox, "dovecot-uidlist");
                var octets = new List<byte>(await File.ReadAllBytesAsync(path));
                foreach (var (kind, at, octet) in edits)
                    Damage(octets, kind, at, octet);
                if (!replace || restart)
                {
                    // Damage in place: the same file, other octets.
                    await using var file = File.OpenWrite(path);
                    file.SetLength(0);
                    await file.WriteAsync(octets.ToArray());
                }
                else
                {
                    await File.WriteAllBytesAsync(path + ".other", octets.ToArray());
                    File.Move(path + ".other", path, overwrite: true);
                }

                if (restart)
                    await store.RestartAsync();
                await store.DeliverAsync("Subject: 5\r\n\r\n");
                await RememberAsync(store, owners);
                await store.DeliverAsync("Subject: 6\r\n\r\n");
                await store.RestartAsync();
                await RememberAsync(store, owners);
            },
            iter: 60,
            threads: 1);
    }

    private static void Damage(List<byte> octets, int kind, int at, byte octet)
    {
        if (octets.Count == 0)
            return;
        at %= octets.Count;
        switch (kind)
        {
            case 0:
                octets[at] = octet;
                break;
            case 1:
                octets.Insert(at, octet);
                break;
            case 2:
                octets.RemoveAt(at);
                break;
            default:
                octets.RemoveRange(at, octets.Count - at);
                break;
        }
    }

    private static async Task RememberAsync(StoreFixture store, Dictionary<(uint Validity, uint Uid), string> owners)
    {
        await using var inbox = await store.OpenAsync();
        var last = 0u;
        foreach (var message in inbox.Messages)
        {
            Assert.True(message.Uid > last);
            last = message.Uid;
            if (!owners.TryAdd((inbox.UidValidity, message.Uid), message.FileName))
                Assert.Equal(owners[(inbox.UidValidity, message.Uid)], message.FileName);
        }

        Assert.True(inbox.UidNext > last);
    }
}
