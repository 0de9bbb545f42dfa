# Every file in examples/ runs, each in a new pwsh, as people run it.

BeforeDiscovery {
    # What a script needs to run here instead of out there.
    $arguments = @{ 'CheckMxTls.ps1' = 'with a stand-in for the resolver' }
    $examples = Get-ChildItem (Join-Path $PSScriptRoot .. .. examples) -Filter *.ps1 |
        Where-Object { -not $arguments.Contains($_.Name) -and $_.Name -notlike '*.Tests.ps1' } |
        ForEach-Object { @{ Name = $_.Name; Path = $_.FullName } }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
}

Describe 'examples' {
    It '<Name> runs' -ForEach $examples {
        $output = Invoke-Pwsh "& '$Path'; 'no error: ' + `$?; 'servers left: ' + @(Get-MailServer).Count"
        $output | Should -Contain 'no error: True' -Because ($output -join "`n")
        $output | Should -Contain 'servers left: 0'
    }

    It 'Newsletter.Tests.ps1 passes, run by Pester as people do' {
        $pester = Get-PackagePath pester 6.2.0 tools Pester.psd1
        $output = Invoke-Pwsh "Import-Module '$pester'; `$run = Invoke-Pester '$(Get-ProjectPath examples Newsletter.Tests.ps1)' -PassThru; 'passed: ' + `$run.PassedCount; 'failed: ' + `$run.FailedCount; 'servers left: ' + @(Get-MailServer).Count"
        $output | Should -Contain 'passed: 5' -Because ($output -join "`n")
        $output | Should -Contain 'failed: 0' -Because ($output -join "`n")
        $output | Should -Contain 'servers left: 0'
    }

    It 'CheckMxTls.ps1 runs, with a stand-in for the resolver' {
        $folder = New-TestFolder
        $name = Join-Path $PSScriptRoot StandInResolver.psm1
        try {
            $output = Invoke-Pwsh @"
                `$ErrorActionPreference = 'Stop'
                Import-Module '$(Get-ProjectPath out MailOps MailOps.psd1)'
                Import-Module '$name'
                `$server = Start-MailServer -StorePath '$folder/store' -Capture -HostName localhost -SmtpPort 0
                `$resolver = Start-StandInResolver @{ 'example.com' = 10, 'localhost'; 'example.net' = 0, '' }
                try {
                    `$result = @('example.com', 'example.net' | & '$(Get-ProjectPath examples CheckMxTls.ps1)' -Resolver 127.0.0.1 -ResolverPort `$resolver.Port -Port `$server.SmtpPort)
                    "results: `$(`$result.Count)"
                    "server: `$(`$result[0].Server) `$(`$result[0].Version)"
                }
                finally {
                    `$resolver | Stop-StandInResolver
                    `$server | Stop-MailServer
                }
"@
            $output | Should -Contain 'results: 1' -Because ($output -join "`n")
            $output | Where-Object { $_ -like 'server: localhost Tls*' } | Should -HaveCount 1 -Because ($output -join "`n")
        }
        finally {
            Remove-TestFolder $folder
        }
    }
}
