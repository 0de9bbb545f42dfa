using System.Net;
using CsCheck;
using MailOps.Client.Migration;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Migration;

public sealed class MailboxLocationTests
{
    private const string Known = "imaps://, imap:// (STARTTLS), imap+plain:// (no TLS), pop3s://, pop3:// (STLS), pop3+plain:// (no TLS), maildir:, mbox:, eml:";
    private const string NoPassword = "An address holds no password: leave the ':' and what follows it up to the '@' out, and give the password with -FromCredential or -ToCredential. A ':' that belongs to the user name is written %3A.";
    private const string BadPercent = "The user name has a '%' that begins no octet of a UTF-8 character, such as %40 for '@'. A '%' itself is written %25.";
    private const string BadPort = "After the server comes a port or nothing: a ':' and a number from 1 to 65535. Without one it is 993.";
    private const string BadBrackets = "In the brackets stands an IPv6 address, as in imaps://[2001:db8::1]/.";

    [Theory]
    [InlineData("imap://ann@mail.example.com/", MailboxKind.Imap, TlsMode.StartTls, "mail.example.com", 143, "ann")]
    [InlineData("imaps://ann@mail.example.com/", MailboxKind.Imap, TlsMode.Implicit, "mail.example.com", 993, "ann")]
    [InlineData("imap+plain://ann@mail.example.com/", MailboxKind.Imap, TlsMode.None, "mail.example.com", 143, "ann")]
    [InlineData("pop3://ann@mail.example.com/", MailboxKind.Pop3, TlsMode.StartTls, "mail.example.com", 110, "ann")]
    [InlineData("pop3s://ann@mail.example.com/", MailboxKind.Pop3, TlsMode.Implicit, "mail.example.com", 995, "ann")]
    [InlineData("pop3+plain://ann@mail.example.com/", MailboxKind.Pop3, TlsMode.None, "mail.example.com", 110, "ann")]
    [InlineData("imaps://mail.example.com/", MailboxKind.Imap, TlsMode.Implicit, "mail.example.com", 993, null)]
    [InlineData("imap+plain://ann@localhost:10143/", MailboxKind.Imap, TlsMode.None, "localhost", 10143, "ann")]
    [InlineData("imaps://ann%40example.com@mail.example.com/", MailboxKind.Imap, TlsMode.Implicit, "mail.example.com", 993, "ann@example.com")]
    [InlineData("imaps://ann@[2001:db8::1]/", MailboxKind.Imap, TlsMode.Implicit, "2001:db8::1", 993, "ann")]
    [InlineData("imaps://[fe80::1%25eth0]:1993/", MailboxKind.Imap, TlsMode.Implicit, "fe80::1%eth0", 1993, null)]
    [InlineData("imaps://ann@192.0.2.1/", MailboxKind.Imap, TlsMode.Implicit, "192.0.2.1", 993, "ann")]
    [InlineData("imaps://a+b_c~d!e$f&g'h(i)j*k,l;m=n@mail.example.com/", MailboxKind.Imap, TlsMode.Implicit, "mail.example.com", 993, "a+b_c~d!e$f&g'h(i)j*k,l;m=n")]
    public void An_address_of_a_server_is_read_and_written_alike(string text, MailboxKind kind, TlsMode tls, string server, int port, string? user)
    {
        var location = MailboxLocation.Parse(text);
        Assert.Equal((kind, tls, server, port, user, null), (location.Kind, location.Tls, location.Server, location.Port, location.UserName, location.Path));
        Assert.Equal(text, location.ToString());
    }

    [Theory]
    [InlineData("imaps://ann@example.com@mail.example.com", "imaps://ann%40example.com@mail.example.com/")]
    [InlineData("  IMAPS://ann@Mail.Example.COM:993/ ", "imaps://ann@mail.example.com/")]
    [InlineData("imap://ann@mail.example.com.:0143", "imap://ann@mail.example.com/")]
    [InlineData("imaps://Ann@mail.example.com", "imaps://Ann@mail.example.com/")]
    [InlineData("imaps://müller@bücher.example", "imaps://m%C3%BCller@xn--bcher-kva.example/")]
    [InlineData("imaps://m%c3%bcller@xn--bcher-kva.example", "imaps://m%C3%BCller@xn--bcher-kva.example/")]
    [InlineData(@"imaps://EXAMPLE\ann smith@mail.example.com", "imaps://EXAMPLE%5Cann%20smith@mail.example.com/")]
    [InlineData("imaps://a%3Ab%2Fc%25@mail.example.com", "imaps://a%3Ab%2Fc%25@mail.example.com/")]
    [InlineData("imaps://[2001:0DB8:0::1]:993", "imaps://[2001:db8::1]/")]
    [InlineData("imaps://[fe80::1%eth0]", "imaps://[fe80::1%25eth0]/")]
    [InlineData("MAILDIR:/var/mail/ann/", "maildir:/var/mail/ann")]
    public void What_means_the_same_is_the_same(string text, string usual)
    {
        Assert.Equal(usual, MailboxLocation.Parse(text).ToString());
        Assert.Equal(MailboxLocation.Parse(usual), MailboxLocation.Parse(text));
        Assert.Equal(MailboxLocation.Parse(usual).GetHashCode(), MailboxLocation.Parse(text).GetHashCode());
    }

    [Theory]
    [InlineData("imaps://ann@mail.example.com", "imap://ann@mail.example.com")]
    [InlineData("imaps://ann@mail.example.com", "imaps://Ann@mail.example.com")]
    [InlineData("imaps://ann@mail.example.com", "imaps://mail.example.com")]
    [InlineData("imaps://ann@mail.example.com", "imaps://ann@mail.example.com:1993")]
    [InlineData("maildir:/var/mail/ann", "mbox:/var/mail/ann")]
    [InlineData("maildir:/var/mail/ann", "maildir:/var/mail/Ann")]
    public void What_means_another_is_another(string one, string other) => Assert.NotEqual(MailboxLocation.Parse(one), MailboxLocation.Parse(other));

    [Theory]
    [InlineData("maildir:/var/mail/ann", MailboxKind.Maildir, "/var/mail/ann")]
    [InlineData("mbox:old mail/archive.mbox", MailboxKind.Mbox, "old mail/archive.mbox")]
    [InlineData("eml:/", MailboxKind.Eml, "/")]
    [InlineData(@"eml:C:\Mail", MailboxKind.Eml, @"C:\Mail")]
    [InlineData("maildir:/x@y:z?#%20 ", MailboxKind.Maildir, "/x@y:z?#%20 ")]
    public void An_address_of_files_is_a_path_as_it_is(string text, MailboxKind kind, string path)
    {
        var location = MailboxLocation.Parse(text);
        Assert.Equal((kind, path), (location.Kind, location.Path));
        Assert.Equal((null, null, null, null), (location.Server, location.Port, location.Tls, location.UserName));
        Assert.Equal(text, location.ToString());
    }

    [Theory]
    [InlineData(null, $"The address of the mailbox is empty. It begins with one of: {Known}.")]
    [InlineData("  ", $"The address of the mailbox is empty. It begins with one of: {Known}.")]
    [InlineData("pop://mail.example.com/", $"'pop' is no kind of mailbox. An address begins with one of: {Known}.")]
    [InlineData("https://ann:secret@mail.example.com/", $"'https' is no kind of mailbox. An address begins with one of: {Known}.")]
    [InlineData("ann", $"The address does not say how the mailbox is reached. It begins with one of: {Known}.")]
    [InlineData("ann smith@?", $"The address does not say how the mailbox is reached. It begins with one of: {Known}.")]
    [InlineData("mail.example.com", $"The address does not say how the mailbox is reached. Write imaps://mail.example.com/, or another of: {Known}.")]
    [InlineData("mail.example.com:993", $"The address does not say how the mailbox is reached. Write imaps://mail.example.com/, or another of: {Known}.")]
    [InlineData("ann@mail.example.com", $"The address does not say how the mailbox is reached. Write imaps://ann@mail.example.com/, or another of: {Known}.")]
    [InlineData("ann:secret@mail.example.com", $"The address does not say how the mailbox is reached. Write imaps://ann@mail.example.com/, or another of: {Known}.")]
    [InlineData(@"C:\Mail", @"'C:\Mail' is a path, and does not say what is there. Write maildir:C:\Mail, mbox:C:\Mail or eml:C:\Mail.")]
    [InlineData("/var/mail", "'/var/mail' is a path, and does not say what is there. Write maildir:/var/mail, mbox:/var/mail or eml:/var/mail.")]
    [InlineData("~/Maildir", "'~/Maildir' is a path, and does not say what is there. Write maildir:~/Maildir, mbox:~/Maildir or eml:~/Maildir.")]
    [InlineData("./mail", "'./mail' is a path, and does not say what is there. Write maildir:./mail, mbox:./mail or eml:./mail.")]
    [InlineData(@"\\nas\mail", @"'\\nas\mail' is a path, and does not say what is there. Write maildir:\\nas\mail, mbox:\\nas\mail or eml:\\nas\mail.")]
    [InlineData("imaps:ann@mail.example.com", "After imaps: come two slashes, the user and the server: imaps://USER@SERVER/.")]
    [InlineData("imaps://ann:secret@mail.example.com/", NoPassword)]
    [InlineData("imaps://ann:sec/ret@mail.example.com/", NoPassword)]
    [InlineData("imaps://ann@example.com:sec@ret@mail.example.com/", NoPassword)]
    [InlineData("imaps://ann:@mail.example.com/", NoPassword)]
    [InlineData("imaps://ann@mail.example.com/INBOX", "An address names no folder: leave 'INBOX' out of it, and choose folders with -Include.")]
    [InlineData("imaps://mail.example.com//", "An address names no folder: leave '/' out of it, and choose folders with -Include.")]
    [InlineData("imaps://EXAMPLE/ann@mail.example.com", "Before the '@' is a '/'. In a user name it is written %2F; folders are chosen with -Include, not in the address.")]
    [InlineData("imaps://@mail.example.com", "Before the '@' comes a user name. Leave the '@' out where the credential names the user.")]
    [InlineData("imaps://100%@mail.example.com", BadPercent)]
    [InlineData("imaps://a%4gb@mail.example.com", BadPercent)]
    [InlineData("imaps://a%C3@mail.example.com", BadPercent)]
    [InlineData("imaps://a%0D%0Ab@mail.example.com", "The user name has a control character, which no user name has.")]
    [InlineData("imaps://", "The server is missing: imaps://USER@SERVER/.")]
    [InlineData("imaps:///INBOX", "An address names no folder: leave 'INBOX' out of it, and choose folders with -Include.")]
    [InlineData("imaps://ann@:993/", "The server is missing: imaps://USER@SERVER/.")]
    [InlineData("imaps://mail server/", "'mail server' has the character U+0020, which no domain name of a host has; letters, digits, hyphen and underscore are allowed.")]
    [InlineData("imaps://mail..example.com/", "'mail..example.com' has an empty label: two dots in a row, or a dot at the start.")]
    [InlineData("imaps://mail.example.com?x", "'mail.example.com?x' has the character '?', which no domain name of a host has; letters, digits, hyphen and underscore are allowed.")]
    [InlineData("imaps://mail.example.com:0/", BadPort)]
    [InlineData("imaps://mail.example.com:65536/", BadPort)]
    [InlineData("imaps://mail.example.com:/", BadPort)]
    [InlineData("imaps://mail.example.com:+993/", BadPort)]
    [InlineData("imaps://ann:secret", BadPort)]
    [InlineData("imaps://[::1]993/", BadPort)]
    [InlineData("imaps://ann@2001:db8::1/", "An IPv6 address stands in brackets: imaps://[2001:db8::1]/.")]
    [InlineData("imaps://[2001:db8::1/", BadBrackets)]
    [InlineData("imaps://[mail.example.com]/", BadBrackets)]
    [InlineData("imaps://[192.0.2.1]/", BadBrackets)]
    [InlineData("imaps://[fe80::1%]/", BadBrackets)]
    [InlineData("maildir:", "After maildir: comes a path, as in maildir:/var/mail/ann.")]
    [InlineData("mbox: ", "After mbox: comes a path, as in mbox:/var/mail/ann.")]
    [InlineData("maildir:///var/mail/ann", "After maildir: comes the path itself, without slashes that belong to no path: maildir:/var/mail/ann.")]
    [InlineData("maildir:/var\0mail", "The path after maildir: has a NUL character, which no path has.")]
    public void What_is_wrong_is_said_with_what_to_write(string? text, string expected)
    {
        Assert.False(MailboxLocation.TryParse(text, out var location, out var error));
        Assert.Null(location);
        Assert.Equal(expected, error);
        Assert.DoesNotContain("sec", error.Replace("secure", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var thrown = Assert.Throws<MigrationException>(() => MailboxLocation.Parse(text));
        Assert.Equal((MigrationFault.InvalidLocation, expected), (thrown.Fault, thrown.Message));
    }

    [Fact]
    public void Every_location_that_is_written_is_read_as_the_same()
    {
        var schemes = Of([.. MailboxScheme.All]);
        var users = Gen.OneOf(Gen.Const((string?)null), Gen.String[1, 20].Where(user => user.Length > 0 && !user.Any(char.IsControl) && !user.Any(char.IsSurrogate)).Select(user => (string?)user));
        var servers = Of("mail.example.com", "localhost", "192.0.2.7", "2001:db8::1", "::", "::ffff:192.0.2.1", "fe80::1%eth0", "fe80::1%25", "fe80::1%2525", "xn--bcher-kva.example");
        var paths = Gen.String[1, 20].Where(path => path.Trim().Length > 0 && !path.Contains('\0') && !path.StartsWith("//", StringComparison.Ordinal)).Select(MailboxLocationReader.Trimmed);
        Gen.Select(schemes, users, servers, Gen.Int[1, 65535], paths).Sample((scheme, user, server, port, path) =>
        {
            var location = scheme.Port is null
                ? new MailboxLocation(scheme) { Path = path }
                : new MailboxLocation(scheme) { Server = server, Port = port, UserName = user };
            var read = MailboxLocation.Parse(location.ToString());
            Assert.Equal(location, read);
            Assert.Equal(location.ToString(), read.ToString());
        });
    }

    [Fact]
    public void Any_text_is_read_or_refused_and_what_is_read_is_written_so_that_it_is_read_as_the_same()
    {
        var pieces = Gen.OneOf(
            Of("imap", "imaps", "pop3+plain", "maildir", "://", ":", "/", "//", "@", "[", "]", "::1", "%25", "%", "%C3", "a.example", "143", " ", "\\", ".", "~", "é", "\0", "\uD800"),
            Gen.String[1, 3]);
        pieces.Array[0, 8].Select(parts => string.Concat(parts)).Sample(
            text =>
            {
                if (MailboxLocation.TryParse(text, out var location, out var error))
                    Assert.Equal(location, MailboxLocation.Parse(location.ToString()));
                else
                    Assert.NotEmpty(error);
            },
            iter: 20_000);
    }

    [Fact]
    public void A_login_is_to_the_server_of_the_address_and_by_its_user_unless_the_credential_names_another()
    {
        var location = MailboxLocation.Parse("imap+plain://ann@localhost:10143/");
        var options = location.ToOptions(new NetworkCredential("", "secret"));
        Assert.Equal(("localhost", 10143, TlsMode.None), (options.Server, options.Port, options.Tls));
        Assert.Equal(("ann", "secret"), (options.Credential!.UserName, options.Credential.Password));
        Assert.Equal("ann*admin", location.ToOptions(new NetworkCredential("ann*admin", "secret")).Credential!.UserName);
        Assert.Null(location.ToOptions(null).Credential);
        Assert.Equal("maildir:/var/mail is on no server.", Assert.Throws<InvalidOperationException>(() => MailboxLocation.Parse("maildir:/var/mail").ToOptions(null)).Message);
    }

    [Fact]
    public void Files_may_be_put_at_their_full_path()
    {
        var full = Path.GetFullPath("mail");
        Assert.Equal($"mbox:{full}", MailboxLocation.Parse("mbox:mail").At("mail/").ToString());
        Assert.Equal("imaps://localhost/ has no path.", Assert.Throws<InvalidOperationException>(() => MailboxLocation.Parse("imaps://localhost").At("mail")).Message);
    }

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
