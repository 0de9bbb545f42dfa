using System.Management.Automation;
using System.Runtime.InteropServices;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <content>Script blocks beside the server, and the foreground.</content>
public sealed partial class StartMailServerCommand
{
    /// <summary>A script block that is asked about each recipient that the server would take. It gets the recipient as $_ (Recipient, Sender, Remote, Login, ...) and writes nothing or $true to accept it, $false to refuse it (550 5.7.1), or a reply such as '451 4.7.1 Come back later' (421 ends the session). It runs in a runspace of the server's own, one at a time; $using: gives it the caller's variables as they are now. If it fails or takes too long, the client hears 451.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? OnRecipient { get; set; }

    /// <summary>A script block that is asked about each message before it is kept. It gets the message as $_ (Subject, Body, Headers, Sender, Recipient, Raw, ...), with the Bcc fields of a submitted one, and answers like -OnRecipient. Of a message of more than 1 MB the Body, Raw and Message are read from disk when they are asked for, and can be while the script runs.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? OnMessage { get; set; }

    /// <summary>How many seconds -OnRecipient and -OnMessage may take for one answer. Sessions that wait for their turn have more: up to 280 seconds, the answer included.</summary>
    [Parameter]
    [ValidateRange(1, 240)]
    public int HookTimeoutSeconds { get; set; } = 10;

    // On the pipeline thread: $using: means the caller's variables.
    private ScriptHooks? Hooks()
    {
        if (OnRecipient is null && OnMessage is null)
            return null;
        try
        {
            return new ScriptHooks(Script(OnRecipient, nameof(OnRecipient)), Script(OnMessage, nameof(OnMessage)));
        }
        catch (ArgumentException e)
        {
            ThrowTerminatingError(ErrorRecords.From(e, targetObject: null));
            throw;
        }
    }

    private ServerScript? Script(ScriptBlock? script, string parameter) =>
        script is null ? null : new ServerScript(script, parameter, TimeSpan.FromSeconds(HookTimeoutSeconds), SessionState);

    private void WaitForCtrlC(MailServerInfo info)
    {
        Run(async cancel =>
        {
            // The signal by which a daemon is told to read its configuration again.
            using var hangup = info.ConfigurationPath is { } path && !OperatingSystem.IsWindows()
                ? PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
                {
                    context.Cancel = true;
                    _ = ReadAgainAsync(info.Id, path);
                })
                : null;
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(false);
            }
            finally
            {
                await RunningServers.StopAsync(info.Id, TimeSpan.FromSeconds(5)).ConfigureAwait(false);
            }
        });
    }

    private async Task ReadAgainAsync(int id, string path)
    {
        try
        {
            if (ServerConfiguration.TryRead(path, Force, out var options, out var problems))
            {
                await RunningServers.UpdateAsync(id, options, path).ConfigureAwait(false);
                await WarningAsync($"The settings of '{path}' are in force now.").ConfigureAwait(false);
                return;
            }

            foreach (var problem in problems)
                await ErrorAsync(problem).ConfigureAwait(false);
            await WarningAsync($"'{path}' was not taken: the server goes on as before.").ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MailServerException)
        {
            await ErrorAsync(e, path).ConfigureAwait(false);
            await WarningAsync($"'{path}' was not taken: the server goes on as before.").ConfigureAwait(false);
        }
    }
}
