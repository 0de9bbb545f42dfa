# Get-Help, made from the comments in the code; and the pages in docs/cmdlets, made from the same.

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $commands = Get-Command -Module MailOps | ForEach-Object { @{ Name = $_.Name } }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $common = [Management.Automation.PSCmdlet]::CommonParameters + [Management.Automation.PSCmdlet]::OptionalCommonParameters
}

Describe 'Get-Help <Name>' -ForEach $commands {
    BeforeAll {
        $help = Get-Help $Name -Full
        $command = Get-Command $Name
    }

    It 'has a synopsis and a description' {
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -BeLike "$Name *" -Because 'without a help file the syntax stands there'
        $help.description.Text | Should -Not -BeNullOrEmpty
    }

    It 'has at least two examples, each with code and an explanation' {
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
        foreach ($example in $help.examples.example) {
            $example.code | Should -Not -BeNullOrEmpty
            ($example.remarks.Text -join '') | Should -Not -BeNullOrEmpty
        }
    }

    It 'has the syntax of each way to call it' {
        @($help.syntax.syntaxItem).Count | Should -Be $command.ParameterSets.Count
    }

    It 'has examples whose lines start where the first one does' {
        foreach ($example in $help.examples.example) {
            ($example.code -split "`n")[1..9] | Where-Object { $_ -match '^ {8}' } | Should -BeNullOrEmpty -Because $example.code
        }
    }

    It 'has examples that parse' {
        foreach ($example in $help.examples.example) {
            $errors = $null
            $null = [Management.Automation.Language.Parser]::ParseInput($example.code, [ref]$null, [ref]$errors)
            $errors | Should -BeNullOrEmpty -Because $example.code
        }
    }

    It 'has examples that use only parameters there are' {
        foreach ($example in $help.examples.example) {
            $ast = [Management.Automation.Language.Parser]::ParseInput($example.code, [ref]$null, [ref]$null)
            foreach ($call in $ast.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)) {
                $called = Get-Command $call.GetCommandName() -Module MailOps -ErrorAction Ignore
                if ($called) {
                    foreach ($used in $call.CommandElements | Where-Object { $_ -is [Management.Automation.Language.CommandParameterAst] }) {
                        { $called.ResolveParameter($used.ParameterName) } | Should -Not -Throw -Because "$($used.Extent) stands in: $($example.code)"
                    }
                }
            }
        }
    }

    It 'explains every parameter' {
        foreach ($parameter in $command.Parameters.Keys | Where-Object { $_ -notin $common -or $_ -in 'WhatIf', 'Confirm' }) {
            $one = $help.parameters.parameter | Where-Object name -EQ $parameter
            $one | Should -HaveCount 1 -Because "-$parameter has help"
            ($one.description.Text -join '') | Should -Not -BeNullOrEmpty -Because "-$parameter has a text"
        }
    }

    It 'is a page in docs/cmdlets' {
        Get-ProjectPath docs cmdlets "$Name.md" | Should -Exist
    }
}

Describe 'The rest of the help' {
    It 'has about_MailOps' {
        Invoke-Pwsh "`$env:PSModulePath = '$(Get-ProjectPath out)' + [IO.Path]::PathSeparator + `$env:PSModulePath; Import-Module MailOps; (Get-Help about_MailOps) -join ''" |
            Out-String | Should -BeLike '*Mail administration and protocol scripting*'
    }

    It 'is current in docs/cmdlets: otherwise run build.ps1 Docs' {
        $folder = New-TestFolder
        try {
            $generator = Get-ChildItem (Get-ProjectPath tools MailOps.HelpGenerator bin Release net10.0 MailOps.HelpGenerator.dll)
            & dotnet $generator --module (Get-ProjectPath out MailOps) --comments (Get-ProjectPath out publish) --powershell $PSHOME --markdown $folder
            $LASTEXITCODE | Should -Be 0
            $made = Get-ChildItem $folder
            (Get-ChildItem (Get-ProjectPath docs cmdlets)).Name | Sort-Object | Should -Be ($made.Name | Sort-Object)
            foreach ($page in $made) {
                Get-Content -Raw (Get-ProjectPath docs cmdlets $page.Name) | Should -BeExactly (Get-Content -Raw $page) -Because "$($page.Name) is made from the code"
            }
        }
        finally {
            Remove-TestFolder $folder
        }
    }

    It 'fails on a gap, and names it' {
        $folder = New-TestFolder
        try {
            # The comments of the cmdlets without one parameter's, and without one cmdlet's examples.
            Copy-Item (Get-ProjectPath out publish *.xml) $folder
            $file = Join-Path $folder MailOps.Cmdlets.xml
            $comments = [xml](Get-Content -Raw $file)
            $parameter = $comments.SelectSingleNode("//member[contains(@name, 'GetMxRecordCommand.Domain')]")
            $null = $parameter.ParentNode.RemoveChild($parameter)
            foreach ($example in @($comments.SelectNodes("//member[contains(@name, 'TestMailTlsCommand') and starts-with(@name, 'T:')]/example"))) {
                $null = $example.ParentNode.RemoveChild($example)
            }

            $comments.Save($file)
            $generator = Get-ProjectPath tools MailOps.HelpGenerator bin Release net10.0 MailOps.HelpGenerator.dll
            $output = & dotnet $generator --module (Get-ProjectPath out MailOps) --comments $folder --powershell $PSHOME 2>&1
            $LASTEXITCODE | Should -Be 1
            $output -join "`n" | Should -BeLike '*Get-MxRecord -Domain has no*'
            $output -join "`n" | Should -BeLike '*Test-MailTls has 0 <example>*'
        }
        finally {
            Remove-TestFolder $folder
        }
    }
}
