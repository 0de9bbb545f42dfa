using MailOps.Server.Imap;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Each command in each state, against RFC 3501 section 6 and the extensions' own words.</summary>
public sealed class StateLegalityTests
{
    // n: not authenticated, a: authenticated, s: selected.
    private static readonly Dictionary<string, string> Legal = new(StringComparer.Ordinal)
    {
        ["CAPABILITY"] = "nas",
        ["NOOP"] = "nas",
        ["LOGOUT"] = "nas",
        ["ID"] = "nas",
        ["STARTTLS"] = "n",
        ["AUTHENTICATE"] = "n",
        ["LOGIN"] = "n",
        ["ENABLE"] = "as",
        ["LANGUAGE"] = "nas",
        ["UNAUTHENTICATE"] = "as",
        ["COMPRESS"] = "as",
        ["SELECT"] = "as",
        ["EXAMINE"] = "as",
        ["CREATE"] = "as",
        ["DELETE"] = "as",
        ["RENAME"] = "as",
        ["SUBSCRIBE"] = "as",
        ["UNSUBSCRIBE"] = "as",
        ["LIST"] = "as",
        ["LSUB"] = "as",
        ["NAMESPACE"] = "as",
        ["STATUS"] = "as",
        ["GETQUOTA"] = "as",
        ["GETQUOTAROOT"] = "as",
        ["GETMETADATA"] = "as",
        ["SETMETADATA"] = "as",
        ["SETACL"] = "as",
        ["DELETEACL"] = "as",
        ["GETACL"] = "as",
        ["LISTRIGHTS"] = "as",
        ["MYRIGHTS"] = "as",
        ["APPEND"] = "as",
        ["IDLE"] = "as",
        ["NOTIFY"] = "as",
        ["ESEARCH"] = "as",
        ["CHECK"] = "s",
        ["CLOSE"] = "s",
        ["UNSELECT"] = "s",
        ["EXPUNGE"] = "s",
        ["UID EXPUNGE"] = "s",
        ["SEARCH"] = "s",
        ["UID SEARCH"] = "s",
        ["CANCELUPDATE"] = "s",
        ["SORT"] = "s",
        ["UID SORT"] = "s",
        ["THREAD"] = "s",
        ["UID THREAD"] = "s",
        ["FETCH"] = "s",
        ["UID FETCH"] = "s",
        ["STORE"] = "s",
        ["UID STORE"] = "s",
        ["COPY"] = "s",
        ["UID COPY"] = "s",
        ["MOVE"] = "s",
        ["UID MOVE"] = "s",
        ["REPLACE"] = "s",
        ["UID REPLACE"] = "s",
    };

    [Fact]
    public void The_table_of_commands_is_the_table_of_this_test() =>
        Assert.Equal(Legal.Keys.Order(StringComparer.Ordinal), ImapProtocol.Table.Select(c => c.Name).Order(StringComparer.Ordinal));

    [Fact]
    public async Task Each_command_is_legal_in_its_states_and_in_no_other()
    {
        await using var server = new ImapServer(options: new ImapOptions { MaxErrors = 1000 });
        await using var unknown = await server.ConnectAsync();
        await using var loggedIn = await server.LogInAsync();
        await using var selected = await server.SelectAsync();
        foreach (var (name, states) in Legal)
        {
            foreach (var (letter, client) in new[] { ('n', unknown), ('a', loggedIn), ('s', selected) })
            {
                if (states.Contains(letter, StringComparison.Ordinal))
                    continue;
                var reply = (await client.RunAsync($"x {name}"))[^1];
                Assert.Equal($"x BAD {name} is not allowed {Where(letter)}", reply);
                await client.RunAsync("y noop");
            }
        }
    }

    [Fact]
    public async Task A_legal_command_is_taken_in_each_of_its_states()
    {
        await using var server = new ImapServer(options: new ImapOptions { MaxErrors = 1000 });
        foreach (var (name, states) in Legal)
        {
            foreach (var letter in states)
            {
                await using var client = letter switch { 'n' => await server.ConnectAsync(), 'a' => await server.LogInAsync(), _ => await server.SelectAsync() };
                // An argument that none of them takes: the answer is about the arguments, not about the state.
                var reply = (await client.RunAsync($"x {name} ( "))[^1];
                Assert.StartsWith($"x BAD The arguments of {name} cannot be read", reply, StringComparison.Ordinal);
            }
        }
    }

    private static string Where(char letter) => letter switch
    {
        'n' => "before login",
        'a' => "before a mailbox is selected",
        _ => "while a mailbox is selected",
    };
}
