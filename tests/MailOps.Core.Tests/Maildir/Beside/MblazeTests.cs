using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>mblaze works in a Maildir message by message: each sees the other's flags.</summary>
public sealed class MblazeTests
{
    [Fact]
    public async Task Flags_of_mblaze_are_shown_and_mblaze_sees_ours()
    {
        using var maildir = new OtherMaildir();
        maildir.Make();
        foreach (var subject in new[] { "one", "two" })
            await RunAsync("mdeliver", $"Subject: {subject}\n\nbody\n", "-c", maildir.Path);
        await using var ours = await maildir.OpenAsync();
        Assert.Equal(["1 one ", "2 two "], await OtherMaildir.ShownAsync(ours.Account, "INBOX"));
        var first = Path.Join(maildir.Path, maildir.Files()[0]);
        await RunAsync("mflag", "", "-S", "-R", "-F", first);
        Assert.Equal(["1 one \\Answered \\Flagged \\Seen", "2 two "], await OtherMaildir.ShownAsync(ours.Account, "INBOX"));

        // A letter that only others know, here P for passed, stays when ours change.
        await RunAsync("mflag", "", "-P", Path.Join(maildir.Path, maildir.Files()[0]));
        await OtherMaildir.StoreAsync(ours.Account, "INBOX", "one", "\\Seen", "ours");
        Assert.EndsWith(":2,PSa", maildir.Files()[0], StringComparison.Ordinal);
        Assert.Equal(maildir.Files()[0], Path.GetRelativePath(maildir.Path, (await RunAsync("mlist", "", "-SP", maildir.Path)).Trim()));
        await OtherMaildir.StoreAsync(ours.Account, "INBOX", "two", "\\Deleted", "\\Draft");
        Assert.Equal(maildir.Files()[1], Path.GetRelativePath(maildir.Path, (await RunAsync("mlist", "", "-TD", maildir.Path)).Trim()));

        // What mblaze leaves in 'new' with flags is one message with these flags, also after both changed it.
        await RunAsync("mdeliver", "Subject: three\n\nbody\n", maildir.Path);
        await RunAsync("mflag", "", "-F", Path.Join(maildir.Path, maildir.Files().Single(file => file.StartsWith("new/", StringComparison.Ordinal))));
        Assert.Equal("3 three \\Flagged", (await OtherMaildir.ShownAsync(ours.Account, "INBOX"))[2]);
        await OtherMaildir.StoreAsync(ours.Account, "INBOX", "three", "\\Flagged", "\\Seen");
        Assert.Equal("3 three \\Flagged \\Seen", (await OtherMaildir.ShownAsync(ours.Account, "INBOX"))[2]);
        Assert.Equal(3, maildir.Files().Count);
    }

    private static async Task<string> RunAsync(string program, string input, params string[] arguments) =>
        (await PeerCommand.RunAsync(Peers.Require(program, "mblaze"), arguments, input)).Succeeded().Output;
}
