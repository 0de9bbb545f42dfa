using System.Collections;
using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Waits for a message that a server of this process takes, and returns it as soon as it is durable.</summary>
/// <remarks>
/// <para>For tests of software that sends mail. A message that came before is found too, so that it does not matter which is first, the message or the wait; -New and -Since leave out older ones, and Clear-MailServer removes them.</para>
/// <para>A message must fit all that is asked for. If none has come in time the command fails and says what came instead.</para>
/// </remarks>
/// <example>
/// <code>$message = $server | Wait-MailMessage -To ann@example.com -Subject 'Your order*'
/// $message.Body | Should -Match 'Thank you'</code>
/// <para>Waits up to 30 seconds for a message to a recipient, and looks at its text.</para>
/// </example>
/// <example>
/// <code>$server | Wait-MailMessage -Header @{ 'X-Campaign' = 'spring-*' } -Count 3 -TimeoutSeconds 60</code>
/// <para>Waits until three messages with a header field have come.</para>
/// </example>
/// <example>
/// <code>$server | Wait-MailMessage -New { $_.Message.Attachments.Count -eq 1 }</code>
/// <para>Waits for a message with one attachment that comes from now on.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Wait, "MailMessage")]
[OutputType(typeof(ReceivedMessage))]
public sealed class WaitMailMessageCommand : MailCmdlet
{
    private const int MostTold = 5;

    private readonly SortedSet<int> _servers = [];

    /// <summary>A script block that gets each message as $_ and says whether it is one that is waited for.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public ScriptBlock? FilterScript { get; set; }

    /// <summary>The servers, or their numbers; all that run now by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] Id { get; set; } = [];

    /// <summary>The envelope's recipient, one of these. Wildcards are taken.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] To { get; set; } = [];

    /// <summary>The envelope's sender. Wildcards are taken.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string? From { get; set; }

    /// <summary>The subject, decoded. Wildcards are taken.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string? Subject { get; set; }

    /// <summary>Fields of the header that the message has, each with a value, such as @{ 'X-Campaign' = 'spring-*' }. Wildcards are taken; * stands for any value.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public Hashtable? Header { get; set; }

    /// <summary>The message's text, decoded; the whole of it, so *word* finds a word. Wildcards are taken.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string? Body { get; set; }

    /// <summary>Only messages that come from now on.</summary>
    [Parameter]
    public SwitchParameter New { get; set; }

    /// <summary>Only messages that came at or after this time.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    /// <summary>How many messages are waited for.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int Count { get; set; } = 1;

    /// <summary>How many seconds to wait before the command fails.</summary>
    [Parameter]
    [ValidateRange(0, 86_400)]
    public int TimeoutSeconds { get; set; } = 30;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id)
        {
            if (RunningServers.Server(id) is null)
                WriteError(RunningServers.NotFound(id));
            else
                _servers.Add(id);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var asked = MyInvocation.BoundParameters.ContainsKey(nameof(Id)) || MyInvocation.ExpectingInput;
        if (!asked)
            _servers.UnionWith(RunningServers.Ids);
        if (_servers.Count == 0 && !asked)
            ThrowTerminatingError(RunningServers.NoneRuns());
        if (_servers.Count > 0 && Await(WaitAsync) is { } missed)
            ThrowTerminatingError(ErrorRecords.Finding("MailMessageTimedOut", ErrorCategory.OperationTimeout, missed, Sought()));
        base.EndProcessing();
    }

    /// <summary>Writes what comes until there is enough; otherwise says what came instead.</summary>
    private async Task<string?> WaitAsync(CancellationToken cancel)
    {
        var servers = _servers.Select(id => (Id: id, Server: RunningServers.Server(id))).Where(one => one.Server is not null).Select(one => new Watched(one.Id, one.Server!, New)).ToArray();
        var timeout = Task.Delay(TimeSpan.FromSeconds(TimeoutSeconds), cancel);
        var others = new List<string>();
        var found = 0;
        while (true)
        {
            // Asked before the look: what has come by then is looked at once more.
            var isOver = timeout.IsCompleted || servers.All(one => one.Server.Ended.IsCompleted);
            cancel.ThrowIfCancellationRequested();
            foreach (var server in servers)
            {
                foreach (var accepted in server.Take())
                {
                    if (await FindAsync(server, accepted, others, cancel).ConfigureAwait(false) is not { } message)
                        continue;
                    await OutputAsync(message).ConfigureAwait(false);
                    if (++found == Count)
                        return null;
                }
            }

            if (isOver)
                return Missed(found, others, servers.All(one => one.Server.Ended.IsCompleted));
            await Task.WhenAny([timeout, Task.WhenAll(servers.Select(one => one.Server.Ended)), .. servers.Select(one => one.Changed)]).ConfigureAwait(false);
        }
    }

    private async Task<ReceivedMessage?> FindAsync(Watched server, MessageAccepted accepted, List<string> others, CancellationToken cancel)
    {
        if (accepted.Recipients.Count == 0 || accepted.Time < Since)
            return null;
        var octets = await server.Server.ReadMessageAsync(accepted, cancel).ConfigureAwait(false);
        if (octets is null)
        {
            others.Add($"{Envelope(accepted)}, which is gone from its mailbox");
            return null;
        }

        var message = new ReceivedMessage(octets)
        {
            Number = 1,
            Size = octets.Length,
            ServerId = server.Id,
            QueueId = accepted.MessageId,
            Time = accepted.Time,
            Sender = accepted.Sender,
            Recipient = [.. accepted.Recipients],
            Session = accepted.Connection,
            Remote = accepted.Remote?.ToString(),
            Login = accepted.Login,
        };
        if (Fits(message) && (FilterScript is null || await OnPipelineAsync(() => IsWanted(message)).ConfigureAwait(false)))
            return message;
        others.Add($"{Envelope(accepted)} with the subject '{message.Subject}'");
        return null;
    }

    private bool Fits(ReceivedMessage message) =>
        (To.Length == 0 || Array.Exists(To, pattern => Array.Exists(message.Recipient, one => Matches(pattern, one))))
        && (From is null || Matches(From, message.Sender))
        && (Subject is null || Matches(Subject, message.Subject ?? ""))
        && (Header is null || Header.Cast<DictionaryEntry>().All(asked => message.Headers.Any(field =>
            field.Name.Equals(asked.Key.ToString(), StringComparison.OrdinalIgnoreCase) && Matches(asked.Value?.ToString() ?? "*", field.Value))))
        && (Body is null || Matches(Body, message.Body.TrimEnd('\r', '\n')));

    private static bool Matches(string pattern, string value) => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(value);

    private bool IsWanted(ReceivedMessage message) =>
        LanguagePrimitives.IsTrue(FilterScript!.InvokeWithContext(null, [new PSVariable("_", message)]) is [var only] ? only : null);

    private static string Envelope(MessageAccepted accepted) => $"one from <{accepted.Sender}> to {string.Join(", ", accepted.Recipients.Select(one => $"<{one}>"))}";

    private string Missed(int found, List<string> others, bool stopped)
    {
        var what = Count == 1 ? $"No message {Sought()}came" : $"{found} of {Count} messages {Sought()}came";
        var when = stopped ? "before the server stopped" : $"within {TimeoutSeconds} s";
        var instead = others.Count switch
        {
            0 when found > 0 => "Nothing else came.",
            0 => "Nothing came at all: see whether the software sends to this server's port.",
            <= MostTold => $"What came instead: {string.Join("; ", others)}.",
            _ => $"What came instead: {others.Count} messages, the last of them {string.Join("; ", others.TakeLast(MostTold))}.",
        };
        return $"{what} {when}. {instead}";
    }

    private string Sought()
    {
        List<string> parts = [];
        if (To.Length > 0)
            parts.Add($"to {string.Join(" or ", To)}");
        if (From is not null)
            parts.Add($"from {From}");
        if (Subject is not null)
            parts.Add($"with the subject '{Subject}'");
        if (Header is not null)
            parts.AddRange(Header.Cast<DictionaryEntry>().Select(field => $"with {field.Key}: {field.Value}"));
        if (Body is not null)
            parts.Add($"with the text '{Body}'");
        if (FilterScript is not null)
            parts.Add("that the script block takes");
        return parts.Count == 0 ? "" : string.Join(", ", parts) + " ";
    }

    private sealed class Watched(int id, MailServer server, bool isNew)
    {
        private long _next = isNew ? server.Accepted.Next : 0;

        public int Id => id;

        public MailServer Server => server;

        /// <summary>Completes when there is more to take.</summary>
        public Task Changed { get; private set; } = Task.CompletedTask;

        public IReadOnlyList<MessageAccepted> Take()
        {
            var taken = server.Accepted.From(_next, out _next, out var changed);
            Changed = changed;
            return taken;
        }
    }
}
