# Ctrl+C as a person presses it: a real terminal, pwsh as its shell, and progress being drawn.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    $socket = "mailops-$([guid]::NewGuid().ToString('n').Substring(0, 8))"

    function Get-Screen {
        (& tmux -L $socket capture-pane -p -t 0) -join "`n"
    }

    function Send-Line([string] $Text) {
        & tmux -L $socket send-keys -t 0 -l $Text
        & tmux -L $socket send-keys -t 0 Enter
    }
}

AfterAll {
    if (Get-Command tmux -ErrorAction Ignore) {
        # The server of this socket alone.
        & tmux -L $socket kill-server 2>$null
    }
}

Describe 'Ctrl+C in a terminal' {
    It 'ends a command that draws progress, and the shell goes on' {
        Assert-Peer tmux
        $command = (Get-PwshCommand) -join ' '
        & tmux -L $socket new-session -d -x 120 -y 30 "$command -NoProfile -NoLogo"
        Wait-Until { (Get-Screen) -match 'PS .*>' } -Seconds 60 -What 'a prompt'

        Send-Line "Import-Module '$(Get-ProjectPath out MailOps MailOps.psd1)', '$(Get-TestCmdletPath)'; function prompt { 'READY> ' }"
        Wait-Until { (Get-Screen) -match '(?m)^READY>' } -Seconds 60 -What 'the modules'

        Send-Line 'try { Invoke-PumpProgress } finally { "cancelled $([MailOps.TestCmdlets.PumpProbe]::Cancelled)" }'
        Wait-Until { (Get-Screen) -match 'Pumping' } -Seconds 60 -What 'progress on the screen'
        & tmux -L $socket send-keys -t 0 C-c
        Wait-Until { (Get-Screen) -match '(?m)^READY> *$' } -What 'the prompt after Ctrl+C'

        Send-Line '"running $([MailOps.TestCmdlets.PumpProbe]::Running), cancelled $([MailOps.TestCmdlets.PumpProbe]::Cancelled)"'
        Wait-Until { (Get-Screen) -match '(?m)^running 0, cancelled 1' } -What 'the work has ended'
    }
}
