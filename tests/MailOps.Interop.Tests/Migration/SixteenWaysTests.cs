using System.Globalization;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Comparison;
using MailOps.Client.Migration.Journal;
using MailOps.Maildir.Names;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Migration;

/// <summary>Mailboxes full of what is hard to keep, from each of four servers to each of four: nothing is lost, and what a server refuses is told and kept.</summary>
public sealed class SixteenWaysTests(FilledServers servers) : IClassFixture<FilledServers>
{
    private static readonly string[] Kinds = ["Dovecot", "Courier", "Cyrus", "MailOps"];

    // What a server takes from nobody, and says so: NUL stands in no message of IMAP (RFC 9051 section 9, CHAR8), an APPEND without octets is given up (RFC 3502 section 6.3.11),
    // and Cyrus wants each LF to have its CR.
    private static readonly Dictionary<string, string[]> Refuses = new(StringComparer.Ordinal)
    {
        ["Dovecot"] = ["NUL", "nothing"],
        ["Courier"] = ["NUL"],
        ["Cyrus"] = ["NUL", "nothing", "lone LF"],
        ["MailOps"] = ["NUL", "nothing"],
    };

    // What a server says to have taken, and shows as something else. Courier drops CRs and shows the first 300 parts of a message; Cyrus
    // writes X for octets of 8 bits in a header (munge8bit).
    private static readonly Dictionary<string, string[]> Alters = new(StringComparer.Ordinal)
    {
        ["Dovecot"] = [],
        ["Courier"] = ["lone CR", "2,000 parts"],
        ["Cyrus"] = ["8-bit header", "UTF-8 header"],
        ["MailOps"] = [],
    };

    public static TheoryData<string, string> Ways { get; } = new(Kinds.SelectMany(from => Kinds.Select(to => (from, to))));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task All_that_is_on_one_server_arrives_on_the_other(string from, string to)
    {
        using var folder = new PrivateFolder();
        var source = await servers.OfAsync(from);
        await using var other = await CopyServer.StartAsync(to);
        var result = await CopyAsync(source, other, folder);
        Assert.Equal("", string.Join('\n', result.Folders.Where(one => one.Error is not null).Select(one => $"{one.Folder}: {one.Error}")));

        // What is refused is expected, and lies in the quarantine with the reason.
        var refused = result.RefusedMessages.Select(one => File.ReadAllBytes(one.Path!)).ToList();
        Assert.Empty(refused.Select(NameOf).Except(Refuses[to]));
        Assert.All(result.RefusedMessages, one => Assert.NotEmpty(one.Reason));
        Assert.Equal((refused.Count > 0 ? "CompletedWithWarnings" : "Completed", result.Messages), (result.Status, result.Copied + refused.Count));

        // Another program finds everything else, with its flags and its date.
        var altered = await AssertSameAsync(source, other, result, [.. refused.Select(HashOf)], Alters[to]);

        // So does the comparison.
        var differences = await CompareAsync(source, other);
        Assert.All(differences, one => Assert.Equal("INBOX", one.Folder));
        Assert.Equal(
            (refused.Count + altered, altered, refused.Count + altered + altered),
            (differences.Count(one => one.Kind == DifferenceKind.MessageMissing), differences.Count(one => one.Kind == DifferenceKind.MessageExtra), differences.Count));

        // And there is nothing left to do.
        var again = await CopyAsync(source, other, folder);
        Assert.Equal((0, result.Copied, refused.Count), (again.Copied, again.AlreadyThere, again.Refused));
    }

    [Fact]
    public async Task Keywords_that_a_folder_of_MailOps_has_no_room_for_are_told()
    {
        using var folder = new PrivateFolder();
        await using var source = await CopyServer.StartAsync("Dovecot");
        await using var target = await CopyServer.StartAsync("MailOps");
        await using (var end = source.Open())
        {
            _ = await end.ListAsync(Cancel);
            await using var opened = await end.OpenAsync("INBOX", Cancel);
            var entry = new MailEntry("", 0, string.Join(' ', Enumerable.Range(1, 60).Select(number => $"key{number}")), Arrived: null);
            Assert.Null((await opened.AddAsync([new MailContent(entry, MessageSpool.Of("Subject: 60\r\n\r\nx\r\n"u8.ToArray()), Refusal: null)], Cancel)).Hindrance);
        }

        var result = await CopyAsync(source, target, folder);
        Assert.Equal(("CompletedWithWarnings", 1, 4), (result.Status, result.Copied, result.Folders.Single(one => one.Folder == "INBOX").KeywordsLost.Count));
        Assert.Equal(DifferenceKind.Flags, Assert.Single(await CompareAsync(source, target)).Kind);
    }

    // How many messages are there as something else.
    private static async Task<int> AssertSameAsync(CopyServer from, CopyServer to, MailboxCopyResult result, IReadOnlyList<string> refused, string[] alters)
    {
        var (there, here) = (await OtherClient.ReadAsync(from), await OtherClient.ReadAsync(to));
        await using var listing = from.Open();
        var names = (await listing.ListAsync(Cancel)).ToDictionary(one => one.Path, one => ModifiedUtf7.Encode(one.Name), StringComparer.Ordinal);
        Assert.Equal(there.Keys.Order(StringComparer.Ordinal), result.Folders.Where(one => one.Messages > 0 || there.ContainsKey(names[one.Folder])).Select(one => names[one.Folder]).Order(StringComparer.Ordinal));
        var altered = 0;
        foreach (var one in result.Folders.Where(one => there.ContainsKey(names[one.Folder])))
        {
            var (missing, extra) = (there[names[one.Folder]].ToList(), here[ModifiedUtf7.Encode(one.Target)].ToList());
            foreach (var message in missing.ToList().Where(extra.Remove))
                missing.Remove(message);
            if (one.Folder == "INBOX")
            {
                Assert.All(refused, hash => Assert.True(missing.RemoveAll(message => message.StartsWith(hash, StringComparison.Ordinal)) > 0, $"{hash} was refused, and is not missing."));
                altered = missing.RemoveAll(message => alters.Contains(NastyMessage.NameOf(message[..32])));
                Assert.True(altered == extra.Count, $"{altered} messages are altered, and there are more of others:\n{string.Join('\n', missing)}\nbut\n{string.Join('\n', extra)}");
                extra.Clear();
            }

            Assert.True(missing.Count + extra.Count == 0, $"{one.Folder}:\n{string.Join('\n', missing.Select(message => $"{NastyMessage.NameOf(message[..32])}: {message}"))}\nbut in {one.Target}\n{string.Join('\n', extra)}");
        }

        return altered;
    }

    private static async Task<List<MailboxDifference>> CompareAsync(CopyServer from, CopyServer to)
    {
        await using var reference = from.Open();
        await using var difference = to.Open();
        var found = new List<MailboxDifference>();
        await foreach (var one in new MailboxComparer(reference, difference, new ComparisonOptions()).CompareAsync(Cancel))
            found.Add(one);
        return found;
    }

    // A server may show NULs, which no client can add, with more around them.
    private static string NameOf(byte[] octets) => octets.Length == 0 ? "nothing" : octets.Contains((byte)0) ? "NUL" : NastyMessage.NameOf(HashOf(octets));

    private static string HashOf(byte[] octets)
    {
        using var spool = MessageSpool.Of(octets.Length == 0 ? "\n"u8.ToArray() : NastyMessage.Shown(octets));
        return spool.Hash.ToString("x32", CultureInfo.InvariantCulture);
    }

    private static async Task<MailboxCopyResult> CopyAsync(CopyServer from, CopyServer to, PrivateFolder folder)
    {
        await using var source = from.Open();
        await using var target = to.Open();
        await using var journal = CopyJournal.Open(folder.Of("journal"), "source", "target");
        return await new MailboxCopier(source, target, journal, new CopyOptions { QuarantinePath = folder.Of("quarantine") }, TimeProvider.System).RunAsync(Cancel);
    }
}
