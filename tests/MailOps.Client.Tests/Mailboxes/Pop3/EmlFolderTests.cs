using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Saving;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>Messages as files of a folder.</summary>
public sealed class EmlFolderTests : IDisposable
{
    private readonly PrivateFolder _folder = new();

    private string Mail => _folder.Of("mail");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("UID1-1796006408", "UID1-1796006408")]
    [InlineData("../../etc/passwd", "%2E./../etc/passwd")]
    [InlineData("<a&b*c?>|\"", "%3Ca%26b%2Ac%3F%3E%7C%22")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("CON", "%CON")]
    [InlineData("com1.x", "%com1.x")]
    [InlineData("~x", "%7Ex")]
    public void A_unique_id_makes_a_name_that_every_system_takes(string uidl, string name) =>
        Assert.Equal(name.Replace("/", "%2F", StringComparison.Ordinal), EmlFolder.NameOf(new Pop3Entry(1, 5, uidl)));

    [Fact]
    public void Long_unique_ids_make_short_names_that_differ()
    {
        var (one, other) = (EmlFolder.NameOf(new Pop3Entry(1, 5, new string('x', 500) + "1")), EmlFolder.NameOf(new Pop3Entry(1, 5, new string('x', 500) + "2")));
        Assert.NotEqual(one, other);
        Assert.Equal(120, one.Length);
        Assert.Equal("message-7", EmlFolder.NameOf(new Pop3Entry(7, 5, Uidl: null)));
    }

    [Fact]
    public async Task None_is_replaced_and_the_same_octets_stand_for_the_message()
    {
        await using var folder = EmlFolder.Open(Mail);
        Assert.Equal(("a.eml", false), await SaveAsync(folder, "a", "one"));
        Assert.Equal(("a.eml", true), await SaveAsync(folder, "a", "one"));
        Assert.Equal(("a-2.eml", false), await SaveAsync(folder, "a", "two"));
        Assert.Equal(("a-3.eml", false), await SaveAsync(folder, "a", "t"));
        Assert.Equal(("a-2.eml", true), await SaveAsync(folder, "a", "two"));
        Directory.CreateDirectory(Path.Join(Mail, "b.eml"));
        Assert.Equal(("b-2.eml", false), await SaveAsync(folder, "b", "one"));
        Assert.Equal(["a-2.eml", "a-3.eml", "a.eml", "b-2.eml"], Directory.GetFiles(Mail).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("two", File.ReadAllText(Path.Join(Mail, "a-2.eml")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Join(Mail, "a.eml")));
    }

    [Fact]
    public async Task What_is_not_finished_leaves_nothing_and_what_a_killed_process_left_goes()
    {
        await using (var folder = EmlFolder.Open(Mail))
        {
            File.WriteAllText(Path.Join(Mail, ".mailops-dead.tmp"), "half");
            await using (var message = await folder.BeginAsync(new Pop3Entry(1, 5, "a"), default))
            {
                await message.WriteAsync("half"u8.ToArray(), default);

                // Another that begins leaves alone what is being written, and takes away what is not.
                EmlFolder.Open(Mail);
                Assert.Single(Directory.GetFiles(Mail));
                Assert.False(File.Exists(Path.Join(Mail, ".mailops-dead.tmp")));
            }
        }

        Assert.Empty(Directory.GetFiles(Mail));
    }

    private static async Task<(string? Name, bool WasThere)> SaveAsync(EmlFolder folder, string uidl, string text)
    {
        await using var message = await folder.BeginAsync(new Pop3Entry(1, 5, uidl), default);
        foreach (var octet in System.Text.Encoding.ASCII.GetBytes(text))
            await message.WriteAsync(new[] { octet }, default);
        var place = await message.CommitAsync(default);
        return (Path.GetFileName(place.Path), place.WasThere);
    }
}
