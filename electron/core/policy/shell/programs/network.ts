import { type Finding, inspection, type Inspection } from "../finding.ts";
import { optionTable, scanOptions } from "../options.ts";
import type { ShellWord } from "../shell-word.ts";
import { program } from "./program.ts";

const curlData = optionTable(
  "gnu",
  "d: F: H: A: b: c: C: D: e: E: h? K: m: o: P: Q: r: t: T: u: U: w: x: X: y: Y: z:",
  "data= data-ascii= data-binary= data-urlencode= data-raw= json= form= form-string= url-query= header= request= user= user-agent= output= max-time= cookie= write-out=",
);
const sendsFiles = new Set([
  "-d",
  "--data",
  "--data-ascii",
  "--data-binary",
  "--data-urlencode",
  "--json",
  "-F",
  "--form",
  "-b",
  "-H",
  "--header",
]);

/** `curl -d @FILE`, `-F name=@FILE`: a file is sent (curl(1)). */
export function inspectCurl(words: readonly ShellWord[]): Inspection {
  const findings = scanOptions(words, 1, curlData).options.flatMap(({ names, value, until }): Finding[] => {
    const [option = ""] = names;
    if (value?.text === undefined || value.text === null) return [];
    if (value.text.includes("%output{") && names.some((name) => name === "-w" || name === "--write-out"))
      return [{ why: `The option ${option} of curl writes a file.`, risk: "writes", at: until }];
    if (!names.some((name) => sendsFiles.has(name))) return [];
    const isForm = option === "-F" || option === "--form";
    const isFile =
      value.text.startsWith("@") || (isForm && /=[@<]/.test(value.text)) || (option === "--data-urlencode" && /^\w*@/.test(value.text));
    return isFile ? [{ why: `The option ${option} of curl sends a file.`, risk: "network", at: until }] : [];
  });
  return inspection({ findings });
}

/** Programs that talk to the network. */
export const networkPrograms = [
  program("curl", "curl(1)", {
    short: "A: b: c: C: d: D: e: E: F: h? H: K: m: o: P: Q: r: t: T: u: U: w: x: X: y: Y: z:",
    long: "output= output-dir= remote-name remote-name-all remote-header-name config= upload-file= cookie-jar= dump-header= trace= trace-ascii= stderr= libcurl= engine= etag-save= hsts= alt-svc= unix-socket= abstract-unix-socket= data= data-ascii= data-binary= data-raw= data-urlencode= form= form-string= json= header= user= user-agent= request= url= write-out= max-time= connect-timeout= retry= retry-delay= proxy= cacert= capath= cert= key= cookie= referer= range= resolve= connect-to= interface= netrc-file= proto= limit-rate= dns-servers= doh-url= create-dirs fail silent show-error location compressed insecure include head verbose ssl-sessions= ech= quote= postquote= prequote= telnet-option= krb= delegation= mail-from= mail-rcpt= oauth2-bearer= aws-sigv4= proxy-user= preproxy= socks5= socks5-hostname= variable= expand-url= expand-output= expand-data= url-query= rate= variable=",
    dangers: {
      writes:
        "-o --output --output-dir -O --remote-name --remote-name-all -J --remote-header-name -c --cookie-jar -D --dump-header --trace --trace-ascii --stderr --libcurl --etag-save --hsts --alt-svc --create-dirs --ssl-sessions --expand-output",
      configures: "-K --config",
      connects: "-T --upload-file --unix-socket --abstract-unix-socket --telnet-option -t -Q --quote --postquote --prequote",
      loads: "--engine",
    },
    risks: ["network"],
  }),
  program("wget wget2", "wget(1)", {
    short: "o: a: e: i: B: t: O: T: w: Q: P: U: l: A: R: D: I: X: S? H?",
    long: "output-file= append-output= execute= input-file= output-document= directory-prefix= use-askpass= post-data= post-file= body-data= body-file= method= config= save-cookies= load-cookies= warc-file= header= user-agent= user= password= tries= timeout= wait= quota= base= accept= reject= rejected-log= hsts-file= ca-certificate= referer= level= cut-dirs= protocol-directories mirror recursive no-clobber continue quiet no-verbose unlink delete-after",
    dangers: {
      writes:
        "-o --output-file -a --append-output -O --output-document -P --directory-prefix --save-cookies --warc-file --rejected-log --hsts-file",
      runs: "--use-askpass -e --execute",
      configures: "--config",
      connects: "--post-file --body-file -i --input-file",
    },
    risks: ["network", "writes"],
  }),
  program("aria2c axel http https xh httpie lynx w3m links elinks", "each program's manual", {
    style: "exact",
    short: "o: d: i: O:",
    dangers: {
      writes: "-o --output --out -d --dir --download -O",
      configures: "--conf-path -cfg",
      executes: "--on-download-complete --on-bt-download-complete --on-download-start --on-download-stop --on-download-error -cmd_script",
    },
    risks: ["network"],
  }),
  program("ssh slogin autossh mosh", "ssh(1), ssh_config(5)", {
    style: "posix",
    short: "B: b: c: D: E: e: F: I: i: J: L: l: m: O: o: P: p: Q: R: S: W: w:",
    dangers: { configures: "-F -o", writes: "-E", connects: "-D -L -R -W -w -A", loads: "-I", executes: "--ssh --server --client" },
    risks: ["network"],
  }),
  program("scp", "scp(1)", {
    short: "c: D: F: i: J: l: o: P: S: X:",
    dangers: { runs: "-S -D", configures: "-F -o" },
    operands: "writes-last",
    risks: ["network"],
  }),
  program("sftp", "sftp(1)", {
    short: "B: b: c: D: F: i: J: l: o: P: R: S: s: X:",
    dangers: { runs: "-S -D -s", configures: "-F -o -b" },
    risks: ["network"],
  }),
  program("ssh-keygen ssh-add ssh-copy-id ssh-keyscan", "ssh-keygen(1)", {
    always: "It handles keys.",
    short: "D: P: w: f:",
    dangers: { loads: "-D -P -w" },
    risks: ["network"],
  }),
  program("nc ncat netcat nc.openbsd nc.traditional", "nc(1), ncat(1)", {
    short: "e: c: g: G: h? i: I: m: M: O: p: P: q: s: T: V: w: W: x: X: o:",
    long: "exec= sh-exec= lua-exec= output= hex-dump= proxy= ssl-cert= ssl-key=",
    always: "It opens a raw connection.",
    dangers: { runs: "-e --exec -c --sh-exec --lua-exec", writes: "-o --output --hex-dump -x" },
    risks: ["network"],
  }),
  program("socat telnet rlogin rsh rexec ftp tftp", "socat(1)", {
    always: "It opens a raw connection.",
    risks: ["network"],
    runsWords: true,
  }),
  program("nmap", "nmap(1)", {
    style: "exact",
    short: "o: i:",
    dangers: { executes: "--script", writes: "-oN -oX -oG -oA" },
    risks: ["network"],
  }),
  program("tcpdump", "tcpdump(1)", {
    short: "w: r: z: i: s: c: C: G: W: Z: F: E: y:",
    dangers: { executes: "-z", writes: "-w", elevates: "-Z" },
    risks: ["network", "privileged"],
  }),
  program("ping ping6 traceroute tracepath mtr dig nslookup host whois", "ping(8), dig(1)", { risks: ["network"] }),
  program("openssl", "openssl(1)", {
    style: "single",
    long: "pre= post= out= in= engine= config= provider= provider-path= keyout= signkey=",
    dangers: { writes: "-out -keyout", loads: "-engine -provider -provider-path -pre -post", configures: "-config" },
  }),
  program("gpg gpg2", "gpg(1)", {
    short: "o: r: u: N: z:",
    long: "output= homedir= options= photo-viewer= exec-path= keyserver= agent-program= dirmngr-program= pinentry-program=",
    dangers: {
      writes: "-o --output",
      executes: "--photo-viewer --exec-path --agent-program --dirmngr-program",
      configures: "--homedir --options",
    },
  }),
  program("mail mailx sendmail mutt msmtp swaks", "mail(1), sendmail(8)", { always: "It sends mail.", risks: ["network"] }),
  program("gh", "cli.github.com/manual", {
    style: "exact",
    short: "R: B: H: b: F: t: l: a: L: q: S: A:",
    long: "repo= hostname= base= head= body= body-file= title= label= assignee= reviewer= milestone= project= limit= jq= search= author= json= template= state= subject= tag= target= notes= notes-file= env= org= user= ref=",
    risks: ["network"],
  }),
  program("rclone restic", "rclone.org/docs, restic.readthedocs.io", {
    style: "exact",
    long: "password-command= config= repository-file= password-file= option=",
    dangers: { runs: "--password-command", configures: "--config" },
    risks: ["network"],
  }),
  program("aws gcloud az doctl flyctl heroku vercel netlify wrangler", "each provider's manual", { style: "exact", risks: ["network"] }),
];
