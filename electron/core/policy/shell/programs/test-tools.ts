import { program } from "./program.ts";

/** Test runners, linters and builds whose options say which code they load, or where they write: named by a rule they run project code. */
export const testTools = [
  program("mypy", "mypy(1)", {
    style: "exact",
    short: "c: m: p:",
    long: "config-file= python-executable= cache-dir= package= module=",
    dangers: { configures: "--config-file", executes: "--python-executable --install-types" },
  }),
  program("mvn mvnw mvnd", "maven.apache.org/ref/current/maven-embedder/cli.html", {
    style: "single",
    short: "f: s: D?",
    long: "f= file= s= settings= gs= global-settings= t= toolchains= gt= pl= projects= rf= resume-from= T= threads= P= activate-profiles= b= builder= l= log-file= am amd N o U q e X B ntp fae ff fn fos nsu llr",
    dangers: { configures: "-f -file -s -settings -gs -global-settings -t -toolchains -gt", writes: "-l -log-file" },
  }),
  program("gradle gradlew", "docs.gradle.org, command-line interface", {
    style: "exact",
    short: "I: b: D: P: p: g: c: x: m: t: M: F:",
    long: "init-script= build-file= settings-file= project-dir= gradle-user-home= project-cache-dir= include-build= exclude-task= tests= console= max-workers= system-prop= project-prop= priority= warning-mode=",
    dangers: {
      configures: "-I --init-script -b --build-file -c --settings-file -p --project-dir -g --gradle-user-home --include-build",
      writes: "--write-verification-metadata --write-locks --project-cache-dir",
    },
  }),
  program("ant sbt lein", "each tool's manual", {
    style: "exact",
    short: "f: s: b: D:",
    dangers: { configures: "-f --file -s -b --build-file -buildfile" },
  }),
  program("pytest py.test", "docs.pytest.org", {
    style: "exact",
    short: "c: p: o: k: m: r: n: W:",
    long: "rootdir= confcutdir= config-file= junitxml= junit-xml= log-file= basetemp= pyargs",
    harmless: { "-p": /^no:[\w.]+$/ },
    dangers: {
      configures: "-c --rootdir --confcutdir --config-file -o --override-ini",
      loads: "-p",
      writes: "--junitxml --junit-xml --log-file --basetemp --resultlog --debug",
      executes: "--pdbcls",
    },
  }),
  program("actionlint", "github.com/rhysd/actionlint/blob/main/docs/usage.md", {
    style: "single",
    long: "shellcheck= pyflakes= config-file= format= ignore= stdin-filename=",
    dangers: { executes: "-shellcheck -pyflakes", configures: "-config-file -init-config" },
  }),
  program("nox", "nox.thea.codes, command-line usage", {
    style: "exact",
    short: "f: s: k: t: p: r? e: R?",
    long: "noxfile= session= keywords= tags= envdir= report= pythons=",
    dangers: { configures: "-f --noxfile --envdir", writes: "--report" },
  }),
  program("tox", "tox.wiki, command-line interface", {
    style: "exact",
    short: "c: e: x: f: m: n: p? r? o?",
    long: "conf= override= workdir= root= result-json= runner= develop-pkg=",
    dangers: {
      configures: "-c --conf --workdir --root",
      executes: "-x --override",
      writes: "--result-json",
      loads: "--runner",
    },
  }),
  program("eslint stylelint tslint", "eslint.org/docs/latest/use/command-line-interface", {
    style: "exact",
    short: "c: o: f:",
    long: "config= output-file= format= parser= plugin= rulesdir= resolve-plugins-relative-to= cache-location= cache-file=",
    targets: "--cache-location --cache-file",
    plain: "-f --format",
    dangers: {
      configures: "-c --config",
      loads: "-f --format --parser --plugin --rulesdir --resolve-plugins-relative-to --custom-formatter --custom-syntax",
      writes: "-o --output-file",
      executes: "--init",
    },
  }),
  program("flake8 pylint", "flake8.pycqa.org, pylint.readthedocs.io", {
    style: "exact",
    short: "j:",
    long: "config= append-config= output-file= init-hook= load-plugins= rcfile=",
    dangers: {
      writes: "--output-file --tee",
      executes: "--init-hook",
      loads: "--load-plugins",
      configures: "--rcfile --config --append-config",
    },
  }),
  program("rubocop standardrb", "docs.rubocop.org, command-line flags", {
    style: "exact",
    short: "r: c: o: f: e?",
    long: "require= config= out= format= only= except= plugin=",
    plain: "-f --format",
    dangers: { loads: "-r --require --plugin -f --format", configures: "-c --config", writes: "-o --out" },
  }),
  program("ruff black isort", "docs.astral.sh/ruff/configuration, black's and isort's manuals", {
    style: "exact",
    short: "o: c: j: n:",
    long: "output-file= config= cache-dir=",
    targets: "--cache-dir",
    dangers: { writes: "-o --output-file" },
  }),
  program("tsc", "typescriptlang.org/docs/handbook/compiler-options", {
    style: "exact",
    short: "p: b:",
    long: "project= outDir= outFile= declarationDir= tsBuildInfoFile= generateTrace= generateCpuProfile=",
    targets: "-p --project",
    dangers: { writes: "--outDir --outFile --declarationDir --tsBuildInfoFile --generateTrace --generateCpuProfile" },
  }),
  program("jest", "jestjs.io/docs/cli", {
    style: "exact",
    short: "c: t: w: i? o?",
    long: "config= rootDir= roots= env= testEnvironment= reporters= setupFiles= setupFilesAfterEnv= globalSetup= globalTeardown= runner= testRunner= resolver= transform= preset= prettierPath= filter= watchPlugins= testResultsProcessor= testSequencer= snapshotSerializers= modulePaths= moduleDirectories= coverageDirectory= cacheDirectory= outputFile= testNamePattern=",
    targets: "--coverageDirectory --cacheDirectory",
    plain: "--env --testEnvironment --reporters",
    dangers: {
      configures: "-c --config --rootDir --roots",
      loads:
        "--env --testEnvironment --reporters --setupFiles --setupFilesAfterEnv --globalSetup --globalTeardown --runner --testRunner --resolver --transform --preset --prettierPath --filter --watchPlugins --testResultsProcessor --testSequencer --snapshotSerializers --modulePaths --moduleDirectories",
      writes: "--outputFile",
    },
  }),
  program("vitest", "vitest.dev/guide/cli", {
    style: "exact",
    short: "c: r: t: w?",
    long: "config= root= dir= reporter= environment= globalSetup= execArgv= outputFile= testNamePattern= pool= runner= coverage.reportsDirectory= coverage.customProviderModule= browser.provider= api?",
    targets: "--coverage.reportsDirectory",
    plain: "--reporter --environment --pool --browser.provider",
    dangers: {
      configures: "-c --config -r --root",
      loads: "--reporter --environment --globalSetup --runner --pool --coverage.customProviderModule --browser.provider",
      executes: "--execArgv",
      writes: "--outputFile",
    },
  }),
  program("prettier biome tsx ts-node mocha ava rollup webpack vite esbuild babel", "each tool's manual", {
    style: "exact",
    short: "c: r: o: R: n:",
    long: "config= plugin= require= register= output-file= outfile= outDir= outdir= import= loader= reporter= node-option= node-arguments=",
    plain: "--reporter -R",
    dangers: {
      configures: "-c --config --rootDir",
      loads:
        "--plugin -r --require --register --import --loader --globalSetup --setupFiles --testRunner --runner --resolver --transform --reporter -R",
      executes: "--node-option --node-arguments",
      writes: "-o --output-file --outfile --outDir --outdir --outputFile --log-file",
    },
  }),
  program("phpunit pest paratest", "docs.phpunit.de, command-line options", {
    style: "exact",
    short: "c: d:",
    long: "configuration= bootstrap= prepend= extension= printer= loader= log-junit= log-teamcity= log-events-text= testdox-html= testdox-text= coverage-html= coverage-clover= coverage-php= coverage-text=? coverage-xml= coverage-cobertura= coverage-crap4j= cache-directory= include-path= runner=",
    targets: "--coverage-html --coverage-xml --cache-directory",
    dangers: {
      configures: "-c --configuration -d",
      loads: "--bootstrap --prepend --extension --printer --loader --include-path --runner",
      writes:
        "--log-junit --log-teamcity --log-events-text --testdox-html --testdox-text --coverage-clover --coverage-php --coverage-cobertura --coverage-crap4j",
    },
  }),
  program("manage.py django-admin", "docs.djangoproject.com/ref/django-admin", {
    style: "exact",
    short: "c: i: v:",
    long: "command= interface= settings= pythonpath=",
    dangers: { runs: "-c --command", loads: "--pythonpath --settings" },
  }),
  program("artisan", "laravel.com/docs/artisan, testing", {
    style: "exact",
    short: "c:",
    long: "configuration= bootstrap= execute= env=",
    dangers: { configures: "-c --configuration", loads: "--bootstrap", runs: "--execute" },
  }),
  program("rspec", "rspec.info, command line", {
    style: "exact",
    short: "r: o: O: I: f: e: t: P: E:",
    long: "require= out= options= default-path= format= example= tag= pattern= drb-port= failure-exit-code=",
    plain: "-f --format",
    dangers: { loads: "-r --require -I", writes: "-o --out", configures: "-O --options", executes: "-f --format" },
  }),
  program("ctest", "ctest(1)", {
    style: "exact",
    short: "C: D: M: T: R: E: L: j: O: S: I: SP:",
    long: "test-dir= output-log= output-junit= script= script-new-process= build-and-test= test-command= build-run-dir= build-config= parallel= timeout= preset= resource-spec-file=",
    folders: "--test-dir",
    dangers: {
      executes: "-S --script -SP --script-new-process --build-and-test --test-command --build-run-dir",
      configures: "--test-dir --preset",
      writes: "-O --output-log --output-junit",
    },
  }),
  program("turbo nx lerna", "turborepo.com, nx.dev, lerna.js.org", {
    style: "exact",
    long: "cwd= runner= filter= scope= concurrency= log-file= root-turbo-json= projects= exclude=",
    folders: "--cwd",
    dangers: { configures: "--cwd --root-turbo-json", executes: "--runner" },
  }),
  program("rails", "guides.rubyonrails.org/command_line.html", {
    style: "exact",
    short: "r: e: n:",
    long: "require= environment= name= seed=",
    dangers: { loads: "-r --require" },
  }),
  program("pre-commit", "pre-commit.com", { style: "exact", short: "c:", long: "config=", dangers: { configures: "-c --config" } }),
  program("mix", "hexdocs.pm/mix", {
    style: "exact",
    short: "r: e:",
    long: "require=",
    dangers: { loads: "-r --require -pr --parallel-require" },
  }),
  program("swift", "docs.swift.org/swiftpm", {
    style: "exact",
    long: "package-path= scratch-path= configuration= filter= skip= toolset= swift-sdk=",
    targets: "--scratch-path",
    folders: "--package-path",
    dangers: { configures: "--package-path --toolset --disable-sandbox", loads: "-load-plugin-executable" },
  }),
  program("zig", "ziglang.org/documentation, zig build --help", {
    style: "exact",
    long: "build-file= build-runner= prefix= cache-dir= global-cache-dir= zig-lib-dir= libc=",
    dangers: { configures: "--build-file --zig-lib-dir --libc", executes: "--build-runner" },
  }),
  program("rake", "rake(1)", {
    style: "exact",
    short: "f: r: I: R: C: e: p: E: j? T? W?",
    long: "rakefile= require= libdir= rakelibdir= directory= execute=",
    dangers: { configures: "-f --rakefile -R --rakelibdir -C --directory", loads: "-r --require -I --libdir" },
  }),
];
